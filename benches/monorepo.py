#!/usr/bin/env python3
"""Makes a monorepo to measure with, the same one every time: monorepo.py DIRECTORY [--files 50000].

Of 50,000 files 2,000 are templates, and 400 of those hold functions on go1.x with their Go source beside
them. The rest is what lies around them: Go, TypeScript, Markdown, Kubernetes, lock files, and ignored copies
in node_modules and .aws-sam. `--functions 5000` prints one template with so many functions instead.
"""

import argparse
import pathlib
import random
import subprocess

WORDS = (
    "account audit basket billing cache catalog claim coupon customer delivery device export feed grant "
    "hotel import invoice job label ledger mail meter notify offer order parcel payment price quota refund "
    "region report retry route search seat session ship stock tariff tenant ticket token track user vault"
).split()
# What share of the files is what; templates come first and are counted apart.
SHARES = {
    "go": 0.30,
    "typescript": 0.20,
    "installed": 0.26,
    "kubernetes": 0.07,
    "markdown": 0.06,
    "package": 0.05,
    "built": 0.03,
    "data": 0.03,
}
OTHER_RUNTIMES = [("python3.13", "app.handler"), ("nodejs22.x", "index.handler"), ("provided.al2023", "bootstrap")]


class Writer:
    """Text from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def word(self):
        return self.random.choice(WORDS)

    def words(self, count):
        return " ".join(self.random.choices(WORDS, k=count))

    def size(self, median, spread=0.9, most=60_000):
        return int(min(most, median * self.random.lognormvariate(0, spread)))

    def until(self, size, part, head=""):
        """`head`, and parts until the text has the size."""
        parts, length = [head], len(head)
        while length < size:
            parts.append(part())
            length += len(parts[-1])
        return "".join(parts)

    def go(self):
        def function():
            name = self.word().title() + self.word().title()
            return (
                f"\n// {name} does {self.words(8)}.\nfunc {name}{self.random.randrange(10**6)}(ctx context.Context) error {{\n"
                f"\tif err := {self.word()}(ctx); err != nil {{\n\t\treturn fmt.Errorf(\"{self.words(3)}: %w\", err)\n"
                "\t}\n\treturn nil\n}\n"
            )

        head = f'package {self.word()}\n\nimport (\n\t"context"\n\t"fmt"\n)\n'
        return self.until(self.size(4_000), function, head)

    def typescript(self):
        def function():
            return (
                f"export const {self.word()}{self.random.randrange(10**6)} = async (id: string): Promise<void> => {{\n"
                f"  // {self.words(7)}\n  await {self.word()}.{self.word()}({{ id, limit: {self.random.randrange(999)} }});\n}};\n\n"
            )

        return self.until(self.size(3_500), function)

    def markdown(self):
        head = f"# {self.words(3)}\n"
        # Notes on the migration are what a search for the text finds as well.
        if self.random.random() < 0.01:
            head += "\nThis service left `go1.x` last year.\n"
        return self.until(self.size(3_000), lambda: f"\n{self.words(40)}.\n", head)

    def kubernetes(self):
        def deployment():
            name = self.word()
            return (
                f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels: {{app: {name}}}\nspec:\n"
                f"  replicas: {self.random.randrange(1, 9)}\n  template:\n    spec:\n      containers:\n        - name: {name}\n"
                f"          image: registry.example.com/{name}:{self.random.randrange(99)}\n"
            )

        return self.until(self.size(2_000), deployment)

    def package(self):
        lines = [f'    "@{self.word()}/{self.word()}-{at}": "^{self.random.randrange(20)}.0.0"' for at in range(self.random.randrange(3, 60))]
        return '{\n  "private": true,\n  "dependencies": {\n' + ",\n".join(lines) + "\n  }\n}\n"

    def data(self):
        def row():
            return f'  {{"id": {self.random.randrange(10**9)}, "name": "{self.words(2)}", "tags": ["{self.word()}"]}},\n'

        return self.until(self.size(5_000), row, "[\n") + "  null\n]\n"

    def function(self, name, runtime, handler, code, is_serverless=True):
        """One function of a template, about 1 kB."""
        if not is_serverless:
            return (
                f"  {name}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        S3Bucket: !Ref Artifacts\n"
                f"        S3Key: !Sub \"{code}/${{Version}}.zip\"\n      Handler: {handler}\n      Runtime: {runtime}\n"
                f"      Role: !GetAtt {name}Role.Arn\n      Timeout: {self.random.randrange(3, 30)}\n\n"
            )
        return (
            f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: !Sub \"${{AWS::StackName}}-{name}\"\n"
            f"      CodeUri: {code}/\n      Handler: {handler}\n      Runtime: {runtime}   # {self.words(4)}\n"
            "      Environment:\n        Variables:\n          TABLE: !Ref Table\n"
            f"          ENDPOINT: !Sub \"https://{self.word()}.${{Stage}}.example.com/{self.word()}?region=${{AWS::Region}}\"\n"
            f"          QUEUE: !ImportValue {self.word()}-queue\n      Policies:\n        - DynamoDBCrudPolicy:\n"
            "            TableName: !Ref Table\n        - Version: '2012-10-17'\n          Statement:\n            - Effect: Allow\n"
            "              Action: [sqs:SendMessage, sqs:ReceiveMessage]\n"
            f"              Resource: !Sub arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{self.word()}\n"
            f"      Events:\n        Get:\n          Type: Api\n          Properties:\n            Path: /{self.word()}/{{id}}\n"
            "            Method: get\n\n"
        )

    def other(self, name):
        return self.random.choice([
            f"  {name}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Join ['-', [!Ref Stage, {self.word()}]]\n"
            f"      VisibilityTimeout: {self.random.randrange(900)}\n      Tags:\n        - {{Key: team, Value: {self.word()}}}\n\n",
            f"  # {self.words(9)}\n  {name}:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n"
            "        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal:\n"
            "              Service: [lambda.amazonaws.com]\n            Action: sts:AssumeRole\n      ManagedPolicyArns:\n"
            "        - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\n\n",
            f"  {name}:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString: !Sub |\n        {{\n"
            f"          \"StartAt\": \"{self.word()}\",\n          \"States\": {{\"{self.word()}\": {{\"Type\": \"Pass\", \"End\": true}}}}\n"
            f"        }}\n      RoleArn: !ImportValue {self.word()}-role\n\n",
        ])

    def head(self, is_serverless):
        transform = "Transform: AWS::Serverless-2016-10-31\n" if is_serverless else ""
        return (
            f"AWSTemplateFormatVersion: '2010-09-09'\n{transform}Description: {self.words(8)}\n\nParameters:\n  Stage:\n"
            "    Type: String\n    Default: dev\n    AllowedValues: [dev, prod]\n  Version: {Type: String, Default: '1'}\n"
            "  Artifacts: {Type: String, Default: artifacts}\n\nResources:\n"
            "  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      BillingMode: PAY_PER_REQUEST\n"
            "      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
            "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n\n"
        )

    def template(self, retired, size):
        """A template, and the directories in which its functions on go1.x find their source."""
        is_serverless = self.random.random() < 0.7
        programs = []

        def resource():
            number = len(parts)
            name = f"{self.word().title()}{self.word().title()}{number}"
            is_first = retired and not programs
            parts.append(name)
            if not is_first and self.random.random() > 0.3:
                return self.other(name)
            runtime, handler = self.random.choice(OTHER_RUNTIMES)
            code = f"cmd/{self.word()}{number}"
            if is_first or retired and self.random.random() < 0.7:
                runtime, handler = retired, self.word()
                programs.append(code)
            return self.function(name, runtime, handler, code, is_serverless)

        parts = []
        text = self.until(size, resource, self.head(is_serverless))
        return text, programs if is_serverless and retired == "go1.x" else []

    def functions(self, count):
        """One template with `count` functions on go1.x and nothing beside it."""
        functions = [self.function(f"Function{at}", "go1.x", f"program{at}", f"cmd/program{at}") for at in range(count)]
        return self.head(True) + "".join(functions)


def make(directory, files):
    """Fills the directory. Returns the paths of the templates, those with functions to migrate first."""
    root = pathlib.Path(directory)
    written = 0

    def put(path, text):
        nonlocal written
        written += 1
        path = root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")

    writer = Writer(1)
    number = max(1, files // 25)
    services = [f"services/{writer.word()}-{writer.word()}-{at}" for at in range(number)]
    put(".gitignore", "node_modules/\n.aws-sam/\n")
    templates = []
    for at, service in enumerate(services):
        retired = "go1.x" if at < number // 5 else "provided.al2" if at < number // 5 + number // 50 else None
        text, programs = writer.template(retired, max(1_000, writer.size(8_000)))
        name = writer.random.choice(["template.yaml", "template.yml", "sam.yaml", "stack.yaml"])
        put(f"{service}/{name}", text)
        templates.append(f"{service}/{name}")
        for program in programs:
            put(f"{service}/{program}/main.go", writer.go().replace("package ", "package main // ", 1))
        if programs:
            put(f"{service}/go.mod", "module example.com/service\n\ngo 1.24\n")
    left = files - written
    for kind, share in SHARES.items():
        for at in range(int(left * share)):
            service, part = writer.random.choice(services), f"part{at % 7}"
            match kind:
                case "go":
                    put(f"{service}/{part}/{writer.word()}_{at}.go", writer.go())
                case "typescript":
                    put(f"{service}/web/{part}/{writer.word()}_{at}.ts", writer.typescript())
                case "installed":
                    put(f"{service}/node_modules/{writer.word()}/{writer.word()}_{at}.js", writer.typescript())
                case "kubernetes":
                    put(f"{service}/deploy/{writer.word()}_{at}.yaml", writer.kubernetes())
                case "markdown":
                    put(f"{service}/docs/{writer.word()}_{at}.md", writer.markdown())
                case "package":
                    put(f"{service}/web/package{at}/package.json", writer.package())
                case "built":
                    put(f"{service}/.aws-sam/build/template_{at}.yaml", writer.template("go1.x", 8_000)[0])
                case "data":
                    put(f"{service}/data/{writer.word()}_{at}.json", writer.data())
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return templates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--functions", type=int)
    arguments = parser.parse_args()
    if arguments.functions is not None:
        print(Writer(1).functions(arguments.functions), end="")
    elif arguments.directory:
        make(arguments.directory, arguments.files)
    else:
        parser.error("name a directory to make")


if __name__ == "__main__":
    main()
