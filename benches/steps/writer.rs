//! Texts as a repository holds them, made from a seed: templates, and what lies around them.

use crate::numbers::Numbers;

const WORDS: [&str; 24] = [
    "audit", "basket", "billing", "catalog", "claim", "coupon", "delivery", "export", "feed",
    "grant", "import", "invoice", "ledger", "mail", "meter", "notify", "order", "parcel", "quota",
    "refund", "report", "search", "tariff", "voucher",
];

/// A template, and what it is about.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) text: String,
    /// How many functions it has.
    pub(crate) functions: usize,
    /// The directories in which functions on `go1.x` have their source.
    pub(crate) programs: Vec<String>,
}

/// Writes texts.
#[derive(Debug)]
pub(crate) struct Writer(Numbers);

impl Writer {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Numbers(seed))
    }

    /// Whether something happens that happens so often of a hundred times.
    fn happens(&mut self, percent: usize) -> bool {
        self.0.below(100) < percent
    }

    fn word(&mut self) -> &'static str {
        let at = self.0.below(WORDS.len());
        WORDS.get(at).copied().unwrap_or_default()
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    /// A log-normal size, as sizes of files are: most are small, a few many times as large.
    pub(crate) fn size(&mut self, median: f64) -> usize {
        // Twelve even numbers between 0 and 1 come close to the normal distribution.
        let sum: f64 = (0..12)
            .map(|_| f64::from(self.0.next()) / f64::from(u32::MAX))
            .sum();
        (median * (0.9 * (sum - 6.0)).exp()) as usize
    }

    /// A file that the walk opens and that is no template: a manifest, a lock file, data.
    pub(crate) fn other_file(&mut self) -> String {
        let size = self.size(2_500.0);
        let mut text = String::new();
        let kind = self.0.below(3);
        while text.len() < size {
            let (name, number) = (self.word(), self.0.below(1_000_000));
            text += &match kind {
                0 => format!(
                    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 2\n  \
                     template:\n    spec:\n      containers:\n        - name: {name}\n          image: \
                     registry.example.com/{name}:{number}\n",
                ),
                1 => format!(
                    "    \"@{name}/{}-{number}\": \"^{}.0.0\",\n",
                    self.word(),
                    number % 20
                ),
                _ => format!(
                    "  {{\"id\": {number}, \"title\": \"{}\"}},\n",
                    self.words(3)
                ),
            };
        }
        text
    }

    /// A template of about this size; with `is_retired` most of its functions have to move, else none.
    pub(crate) fn template(&mut self, size: usize, is_retired: bool) -> Template {
        let mut template = self.head();
        for number in 0.. {
            if number > 0 && template.text.len() >= size {
                break;
            }
            if number > 0 && self.happens(55) {
                template.text += &self.neighbour(number);
                continue;
            }
            let runtime = match (is_retired, number) {
                (true, 0) => "go1.x",
                (true, _) if self.happens(60) => "go1.x",
                (true, _) if self.happens(50) => "provided.al2",
                _ if self.happens(50) => "python3.13",
                _ => "nodejs22.x",
            };
            self.function(&mut template, number, runtime);
        }
        template
    }

    /// A template with so many functions on `go1.x` and little else.
    pub(crate) fn functions(&mut self, count: usize) -> Template {
        let mut template = self.head();
        for number in 0..count {
            self.function(&mut template, number, "go1.x");
        }
        template
    }

    fn head(&mut self) -> Template {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nDescription: {}\n\n\
             Parameters:\n  Stage:\n    Type: String\n    Default: dev\n    AllowedValues: [dev, prod]\n\n\
             Globals:\n  Function:\n    Timeout: 10\n    MemorySize: 256\n\nResources:\n  Table:\n    \
             Type: AWS::DynamoDB::Table\n    Properties:\n      BillingMode: PAY_PER_REQUEST\n      \
             AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]\n      \
             KeySchema: [{{AttributeName: id, KeyType: HASH}}]\n\n",
            self.words(8),
        );
        Template {
            text,
            functions: 0,
            programs: Vec::new(),
        }
    }

    /// Adds a function of about 1 kB.
    fn function(&mut self, template: &mut Template, number: usize, runtime: &str) {
        let code = format!("cmd/{}{number}", self.word());
        let (handler, comment) = match runtime {
            "go1.x" => (self.word(), format!(" # {}", self.words(4))),
            "provided.al2" => ("bootstrap", String::new()),
            _ => ("app.handler", String::new()),
        };
        template.text += &format!(
            "  # {}\n  Function{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
             FunctionName: !Sub \"${{AWS::StackName}}-{number}\"\n      CodeUri: {code}/\n      Handler: {handler}\n      \
             Runtime: {runtime}{comment}\n      Environment:\n        Variables:\n          TABLE: !Ref Table\n          \
             ENDPOINT: !Sub \"https://{}.${{Stage}}.example.com/{}?region=${{AWS::Region}}\"\n          \
             QUEUE: !ImportValue {}-queue\n      Policies:\n        - DynamoDBCrudPolicy:\n            \
             TableName: !Ref Table\n        - Version: '2012-10-17'\n          Statement:\n            \
             - Effect: Allow\n              Action: [sqs:SendMessage, sqs:ReceiveMessage]\n              \
             Resource: !Sub arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{}\n      Events:\n        \
             Get:\n          Type: Api\n          Properties:\n            Path: /{}/{{id}}\n            Method: get\n\n",
            self.words(9),
            self.word(),
            self.word(),
            self.word(),
            self.word(),
            self.word(),
        );
        template.functions += 1;
        if runtime == "go1.x" {
            template.programs.push(code);
        }
    }

    /// A resource that is no function.
    fn neighbour(&mut self, number: usize) -> String {
        let name = self.word();
        match self.0.below(3) {
            0 => format!(
                "  Queue{number}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Join ['-', [!Ref Stage, \
                 {name}]]\n      VisibilityTimeout: 60\n      Tags:\n        - {{Key: team, Value: {name}}}\n\n",
            ),
            1 => format!(
                "  # {}\n  Role{number}:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        \
                 Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal:\n              \
                 Service: [lambda.amazonaws.com]\n            Action: sts:AssumeRole\n      ManagedPolicyArns:\n        \
                 - !Sub arn:${{AWS::Partition}}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\n\n",
                self.words(9),
            ),
            _ => format!(
                "  Machine{number}:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      \
                 DefinitionString: !Sub |\n        {{\n          \"StartAt\": \"{name}\",\n          \
                 \"States\": {{\"{name}\": {{\"Type\": \"Pass\", \"End\": true}}}}\n        }}\n      \
                 RoleArn: !ImportValue {name}-role\n\n",
            ),
        }
    }
}
