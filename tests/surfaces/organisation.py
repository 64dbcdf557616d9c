from checks import Checks
from stage import Stage
def check(stage: Stage) -> Checks:
    return Checks("organisation")
