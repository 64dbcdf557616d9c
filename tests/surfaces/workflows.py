"""The files that other tools insist on, in the hands of those who know them."""

from checks import Checks
from stage import ROOT, Stage

EXAMPLES = ROOT / "docs" / "examples"


def check(stage: Stage) -> Checks:
    """Schemas and zizmor, for our own workflows and for the examples alike."""
    checks = Checks("workflows")
    own = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    examples = sorted((EXAMPLES / "workflows").glob("*.yml"))
    checks.expect(len(own) > 1 and len(examples) > 2, "there are workflows and examples", f"{own} {examples}")
    for schema, files in (("github-actions", [ROOT / "action.yml"]), ("github-workflows", own + examples)):
        names = [str(file) for file in files]
        done = stage.call("check-jsonschema", f"--builtin-schema=vendor.{schema}", *names, directory=ROOT)
        checks.equal(done.status, 0, f"check-jsonschema knows all of {schema}", done.text)
    done = stage.call("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml", directory=ROOT)
    checks.equal(done.status, 0, "pre-commit reads the hooks", done.text)
    audited = [str(file) for file in [ROOT / "action.yml", *own, *examples]]
    done = stage.call("zizmor", "--offline", "--no-config", "--persona=pedantic", *audited, directory=ROOT)
    checks.equal(done.status, 0, "zizmor finds nothing", done.text)
    for page in ("github-action.md", "organisation.md"):
        named = [file.name for file in examples if f"examples/workflows/{file.name}" in (ROOT / "docs" / page).read_text()]
        checks.expect(bool(named), f"{page} names examples")
    return checks
