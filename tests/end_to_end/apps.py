"""The apps, as data: a directory of `testdata/end_to_end` each, and what has to come out.

An app's Go programs are `program.go`, copied to the directories named here. It answers with the path of
its main package, so that the wrong program cannot pass for the right one.
"""

from dataclasses import dataclass, field

# Which of the three cfn-lint reports depends on the day it runs.
RETIRED = frozenset({"W2531", "E2531", "E2533"})
# In plain CloudFormation a runtime behind `!Ref` is reported under the rule for Refs.
RETIRED_BEHIND_REF = frozenset({"W1030"})
# cfn-lint does not see a runtime behind `!Ref` or `!FindInMap` in a SAM template. That it is silent there
# is asserted, too: the day it learns to see, the row has to say so.
UNSEEN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Function:
    """What one function is built from, and what it becomes."""

    artefact: str
    """The file that `sam build` makes before the migration."""
    program: str | None = None
    """The main package that must answer after the migration; none for a function that must stay as it is."""
    architecture: str = "arm64"
    """Where that program has to run."""


@dataclass(frozen=True)
class Step:
    """What a finding leaves to a person: a replacement in a file of the app, and the help that says it."""

    file: str
    old: str
    new: str
    help: str


@dataclass(frozen=True)
class App:
    """One app; every expectation is checked."""

    name: str
    programs: tuple[str, ...]
    functions: dict[str, Function]
    seen: frozenset[str] = RETIRED
    """What cfn-lint reports before; one of these, and nothing if there are none."""
    findings: tuple[str, ...] = ()
    """The rules whose findings lambdalift prints without an edit, sorted."""
    steps: tuple[Step, ...] = ()
    overrides: dict[str, str] = field(default_factory=dict)
    """Further builds: a parameter override, and the architecture that its functions then have."""
    is_declined: bool = False
    """Not a byte may change."""


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
        findings=("makefile-target", "rebuild-artifact"),
        steps=(
            Step(
                file="Makefile",
                old="-o $(ARTIFACTS_DIR)/intake",
                new="-tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap",
                help="let build-Intake run `CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build"
                " -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap`",
            ),
        ),
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
