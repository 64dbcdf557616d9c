"""The apps, as data: a directory of `testdata/end_to_end` each, and what has to come out.

An app's Go programs are `program.go`, copied to the directories named here. It answers with the path of
its main package, so that the wrong program cannot pass for the right one.
"""

from dataclasses import dataclass, field

from steps import Removal, Replacement, Step

# Which of the three cfn-lint reports depends on the day it runs.
RETIRED = frozenset({"W2531", "E2531", "E2533"})
# In plain CloudFormation a runtime behind `!Ref` is reported under the rule for Refs.
RETIRED_BEHIND_REF = frozenset({"W1030"})
# cfn-lint does not see a runtime behind `!Ref` or `!FindInMap` in a SAM template. That it is silent there
# is asserted, too: the day it learns to see, the row has to say so.
UNSEEN: frozenset[str] = frozenset()
TEMPLATES_ONLY = ("--templates-only",)


@dataclass(frozen=True)
class Function:
    """What one function is built from, and what it becomes."""

    artefact: str
    """The file that the build makes before the migration."""
    program: str | None = None
    """The main package that must answer after the migration; none for a function that must stay as it is."""
    architecture: str = "arm64"
    """Where that program has to run."""
    beside: tuple[str, ...] = ()
    """What else is in its package before the migration."""


@dataclass(frozen=True)
class App:
    """One app; every expectation is checked."""

    name: str
    programs: tuple[str, ...]
    functions: dict[str, Function]
    build: tuple[str, ...] = ()
    """The command that builds the app; `sam build` does if there is none."""
    options: tuple[str, ...] = ()
    """What lambdalift is told."""
    build_files: tuple[str, ...] = ()
    """What lambdalift edits beside the template."""
    seen: frozenset[str] = RETIRED
    """What cfn-lint reports before; one of these, and nothing if there are none."""
    findings: tuple[str, ...] = ()
    """The rules of the findings that leave something to a person, sorted."""
    steps: tuple[Step, ...] = ()
    overrides: dict[str, str] = field(default_factory=dict)
    """Further builds: a parameter override, and the architecture that its functions then have."""
    is_declined: bool = False
    """Not a byte may change."""
    directory: str | None = None
    """Where the app lies, if not under its name."""


def removals(build_file: str, *binaries: str) -> tuple[Step, ...]:
    """The steps where programs that shared a directory get one each, under the old names."""
    after = f"which would be in the way, then run the build of {build_file} before you deploy"
    return tuple(Removal(binary, f"remove {binary} first, {after}") for binary in binaries)


APPS = (
    App("one-function", ("hello",), {"Greeting": Function("hello", "greeting")}),
    App(
        "globals-beside-python",
        ("stock",),
        {
            "StockLevel": Function("stock", "stock"),
            "StockReport": Function("app.py"),
        },
    ),
    App(
        "shared-code-uri",
        ("alpha", "beta"),
        {"Alpha": Function("alpha", "letters/alpha"), "Beta": Function("beta", "letters/beta")},
        # go.mod lies above both programs: no matter here, but `sam build --use-container` would not see it.
        findings=("container-build", "container-build"),
    ),
    App(
        "makefile-build",
        ("intake", "refund"),
        {
            "Intake": Function("intake", "orders/intake"),
            "Refund": Function("bootstrap", "orders/refund", architecture="x86_64"),
        },
        build_files=("Makefile",),
        findings=("rebuild-artifact",),
    ),
    # The same with --templates-only: the Makefile is left to a person, and so the function stays on x86_64.
    App(
        "makefile-build-by-hand",
        ("intake", "refund"),
        {
            "Intake": Function("intake", "orders/intake", architecture="x86_64"),
            "Refund": Function("bootstrap", "orders/refund", architecture="x86_64"),
        },
        options=TEMPLATES_ONLY,
        directory="makefile-build",
        findings=("arm64-blocker", "makefile-target", "rebuild-artifact"),
        steps=(
            Replacement(
                file="Makefile",
                old="-o $(ARTIFACTS_DIR)/intake",
                new="-tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap",
                help="let build-Intake run `CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build"
                " -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap ./intake`",
            ),
        ),
    ),
    # What a macro expands to is not edited, even if it may be.
    App(
        "makefile-call",
        ("open", "close"),
        {
            "Open": Function("open", "claims/open", architecture="x86_64"),
            "Close": Function("bootstrap", "claims/close", architecture="x86_64"),
        },
        findings=("arm64-blocker", "makefile-target", "rebuild-artifact"),
        steps=(
            Replacement(
                file="Makefile",
                old="$(call build,open,open)",
                new="CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build"
                " -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap ./open",
                help="let build-Open run `CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build"
                " -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap ./open`",
            ),
        ),
    ),
    App(
        "make-directory",
        ("cmd/alpha", "cmd/beta"),
        {
            "Alpha": Function("alpha", "directory/cmd/alpha", beside=("beta",)),
            "Beta": Function("beta", "directory/cmd/beta", beside=("alpha",)),
        },
        build=("make",),
        build_files=("Makefile",),
        findings=("rebuild-artifact", "rebuild-artifact"),
        steps=removals("Makefile", "bin/alpha", "bin/beta"),
    ),
    # `make package` begins with `clean`, so nothing is left to remove.
    App(
        "make-zip",
        ("cmd/alpha", "cmd/beta"),
        {
            "Alpha": Function("alpha", "archive/cmd/alpha"),
            "Beta": Function("beta", "archive/cmd/beta"),
        },
        build=("make", "package"),
        build_files=("Makefile",),
        findings=("rebuild-artifact", "rebuild-artifact"),
    ),
    App(
        "script-loop",
        ("cmd/alpha", "cmd/beta"),
        {
            "Alpha": Function("alpha", "script/cmd/alpha", beside=("beta",)),
            "Beta": Function("beta", "script/cmd/beta", beside=("alpha",)),
        },
        build=("sh", "build.sh"),
        build_files=("build.sh",),
        findings=("rebuild-artifact", "rebuild-artifact"),
        steps=removals("build.sh", "bin/alpha", "bin/beta"),
    ),
    App("plain-cloudformation", ("ledger",), {"Ledger": Function("ledger", "ledger")}),
    App(
        "parameter",
        ("quote",),
        {"Quote": Function("quote", "quote")},
        seen=UNSEEN,
        findings=("parameter-override",),
    ),
    App(
        "parameter-cloudformation",
        ("tariff",),
        {"Tariff": Function("tariff", "tariff")},
        seen=RETIRED_BEHIND_REF,
        findings=("parameter-override",),
    ),
    App(
        "globals-two-functions",
        ("reserve", "release"),
        {"Reserve": Function("reserve", "reserve"), "Release": Function("release", "release")},
    ),
    App("mapping", ("voucher",), {"Voucher": Function("voucher", "voucher")}, seen=UNSEEN),
    App(
        "conditional",
        ("score",),
        {"Score": Function("score", "score", architecture="x86_64")},
        findings=("architecture-list",),
        overrides={"Processor=graviton": "arm64"},
    ),
    App(
        "provided-al2",
        ("invoice",),
        {"Invoice": Function("bootstrap", "invoice", architecture="x86_64")},
    ),
    App(
        "prebuilt",
        (),
        {},
        findings=("shared-bootstrap", "shared-bootstrap"),
        is_declined=True,
    ),
)
