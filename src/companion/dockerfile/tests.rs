//! Whole plans: what is edited, what stays, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

use super::proof::apply;
use super::*;

/// A request in words: `target=NAME`, `arm64`, `x86_64`, `command`.
fn request(words: &str) -> Request<'_> {
    let mut request = Request {
        target_stage: None,
        architecture: None,
        command_in_template: false,
    };
    for word in words.split_whitespace() {
        match word {
            "arm64" => request.architecture = Some(Goarch::Arm64),
            "x86_64" => request.architecture = Some(Goarch::Amd64),
            "command" => request.command_in_template = true,
            _ => request.target_stage = Some(word.strip_prefix("target=").unwrap()),
        }
    }
    request
}

/// A Dockerfile that moves.
struct Moved {
    request: &'static str,
    before: &'static str,
    /// The pieces that change, each with what takes its place, in the order of the text.
    changes: &'static [(&'static str, &'static str)],
    /// A word of each note; a plan with notes is not certain.
    notes: &'static [&'static str],
    certain: bool,
}

const GO: (&str, &str) = ("lambda/go:1", "lambda/provided:al2023");
const AL2: (&str, &str) = ("provided:al2", "provided:al2023");
const CMD: (&str, &str) = ("CMD [\"main\"]", "ENTRYPOINT [\"./main\"]");
const NORPC: (&str, &str) = ("go build", "go build -tags lambda.norpc");

#[rustfmt::skip]
const MOVED: &[Moved] = &[
    // The Go base.
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\n\n# Copy function code\nCOPY main ${LAMBDA_TASK_ROOT}\n\n# the handler\nCMD [ \"main\" ]\n",
        changes: &[GO, ("CMD [ \"main\" ]", "ENTRYPOINT [ \"./main\" ]")],
        notes: &[], certain: true,
    },
    Moved {
        request: "x86_64",
        before: "FROM golang:1.22 as build\nWORKDIR /app\nCOPY . .\nRUN go build -o main\n\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /app/main ${LAMBDA_TASK_ROOT}\n\nCMD [\"main\"]",
        changes: &[NORPC, GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang:1.22.3 as build\nWORKDIR /app\nCOPY . .\nRUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o main cmd/lambda/main.go\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /app/main ${LAMBDA_TASK_ROOT}\nCMD [\"main\"]",
        changes: &[NORPC, GO, CMD],
        notes: &[], certain: true,
    },
    // Tags are joined, in each of their forms; a tag that is there stays.
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN GOOS=linux GOARCH=amd64 go build -tags lambda.rpc -o /main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main .\nCMD [\"main\"]\n",
        changes: &[("lambda.rpc", "lambda.rpc,lambda.norpc"), GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN go list -f '{{ .Dir }}' && go build -tags=\"a b\" -o=/main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main .\nCMD [\"main\"]\n",
        changes: &[("a b", "a b lambda.norpc"), GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN go build -tags 'netgo' \\\n  # static\n  -ldflags \"-s -w -X main.v=$(git describe)\" \\\n  -o /main .\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=0 /main .\nCMD [\"main\"]\n",
        changes: &[("netgo", "netgo,lambda.norpc"), GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN go build -tags lambda.norpc -o /main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main .\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nENV GOFLAGS=-tags=netgo\nRUN go build -o /main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main .\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN go build $FLAGS -o /main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main .\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    // A build of something else stays.
    Moved {
        request: "x86_64",
        before: "FROM golang AS build\nRUN GOARCH=arm64 go build -o /tool ./tool && go build -o /main .\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main ./\nCMD [\"main\"]\n",
        changes: &[("&& go build", "&& go build -tags lambda.norpc"), GO, CMD],
        notes: &[], certain: true,
    },
    // GOARCH that contradicts the template.
    Moved {
        request: "arm64",
        before: "FROM golang AS build\nRUN CGO_ENABLED=0 GOARCH=amd64 go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[("GOARCH=amd64", "GOARCH=arm64"), AL2],
        notes: &[], certain: true,
    },
    Moved {
        request: "arm64",
        before: "FROM golang AS build\nRUN env GOARCH=\"amd64\" go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[("\"amd64\"", "\"arm64\""), AL2],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS build\nRUN GOARCH=amd64 go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[AL2],
        notes: &[], certain: true,
    },
    // Names and places.
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:latest\nCOPY tmp/my-fn ${LAMBDA_TASK_ROOT}/\nCMD [ \"my-fn\" ]\n",
        changes: &[("lambda/go:latest", "lambda/provided:al2023"), ("CMD [ \"my-fn\" ]", "ENTRYPOINT [ \"./my-fn\" ]")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM amazon/aws-lambda-go:1.2021.10.14.14\nCOPY users_bin /var/task/users_bin\nCMD [\"./users_bin\"]",
        changes: &[("amazon/aws-lambda-go:1.2021.10.14.14", "public.ecr.aws/lambda/provided:al2023"), ("CMD", "ENTRYPOINT")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang:1.17 as build\nRUN go build -o /app .\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /app ${LAMBDA_TASK_ROOT}\nCMD [\"/app\"]\n",
        changes: &[NORPC, GO, ("CMD [\"/app\"]", "ENTRYPOINT [\"./app\"]")],
        notes: &[], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY main /var/task/bin/main\nCMD [\"bin/main\"]\n",
        changes: &[GO, ("CMD [\"bin/main\"]", "ENTRYPOINT [\"./bin/main\"]")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY main ${LAMBDA_TASK_ROOT}\nWORKDIR /tmp\nCMD [\"main\"]\n",
        changes: &[GO, ("CMD [\"main\"]", "ENTRYPOINT [\"/var/task/main\"]")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "from public.ecr.aws/lambda/go:1\ncopy --chown=1:1 main ./\ncmd [\"main\"]\n",
        changes: &[GO, ("cmd [\"main\"]", "entrypoint [\"./main\"]")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nARG FUNCTION_DIR=\"/var/task\"\nCOPY main ${FUNCTION_DIR}/main\nCMD [ \"main\" ]",
        changes: &[GO, ("CMD [ \"main\" ]", "ENTRYPOINT [ \"./main\" ]")],
        notes: &[], certain: false,
    },
    Moved {
        request: "",
        before: "FROM golang:1.16 as build\nWORKDIR /go/src\nCOPY . ./\nRUN go build -o ../bin/\nFROM public.ecr.aws/lambda/go:1\ncopy --from=build /go/bin/ /var/task/\nCMD [\"mention\"]\n",
        changes: &[GO, ("CMD [\"mention\"]", "ENTRYPOINT [\"./mention\"]")],
        notes: &[], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY . ${LAMBDA_TASK_ROOT}\nRUN yum install -y golang && go build -o main\nCMD [\"main\"]\n",
        changes: &[GO, NORPC, CMD],
        notes: &["yum"], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nADD bin/main /main\nEXPOSE 8080\nENTRYPOINT [\"/main\"]\n",
        changes: &[GO],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY main /usr/local/bin/\nENTRYPOINT [\"main\"]\nCMD [\"serve\"]\n",
        changes: &[GO],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nENTRYPOINT exec ./main\n",
        changes: &[GO],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY dist/app /tmp/app\nRUN mv /tmp/app /var/task/main && chmod +x /var/task/main\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1\nCOPY [\"main\", \"/var/task/main\"]\nHEALTHCHECK --interval=5s \\\n CMD [\"main\"]\nCMD [\"main\"]\n",
        changes: &[GO, ("\nCMD [\"main\"]", "\nENTRYPOINT [\"./main\"]")],
        notes: &[], certain: true,
    },
    // Layout stays: a byte order mark, CRLF, tabs, directives, continuations.
    Moved {
        request: "",
        before: "\u{feff}# syntax=docker/dockerfile:1\r\nFROM\tpublic.ecr.aws/lambda/go:1  \r\nCOPY main \\\r\n\t# the root\r\n\t${LAMBDA_TASK_ROOT}\r\nCMD \\\r\n  [\"main\"]",
        changes: &[GO, ("CMD", "ENTRYPOINT"), ("\"main\"", "\"./main\"")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "# escape=`\nFROM public.ecr.aws/lambda/go:1\nCOPY main `\n  ./\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "x86_64",
        before: "FROM --platform=linux/amd64 public.ecr.aws/lambda/go:1-x86_64 AS final\nCOPY main ./\nCMD [\"main\"]\n",
        changes: &[("lambda/go:1-", "lambda/provided:al2023-"), CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "arm64",
        before: "FROM --platform=$TARGETPLATFORM public.ecr.aws/lambda/provided:al2-arm64\nCOPY bootstrap /var/runtime/\nCMD [\"handler\"]\n",
        changes: &[AL2],
        notes: &["not seen to be built from Go"], certain: false,
    },
    // ARG.
    Moved {
        request: "",
        before: "ARG TAG=1\nFROM public.ecr.aws/lambda/go:${TAG}\nCOPY main ./\nCMD [\"main\"]\n",
        changes: &[("TAG=1", "TAG=al2023"), ("lambda/go:", "lambda/provided:"), CMD],
        notes: &["ARG TAG"], certain: false,
    },
    Moved {
        request: "",
        before: "ARG BASE=\"public.ecr.aws/lambda/go:1\" OTHER=2\nFROM $BASE\nCOPY main ./\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &["ARG BASE"], certain: false,
    },
    Moved {
        request: "",
        before: "ARG REGISTRY=public.ecr.aws\nFROM ${REGISTRY}/lambda/go:1\nARG REGISTRY\nCOPY main ./\nCMD [\"main\"]\n",
        changes: &[GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "ARG V=al2\nARG BASE=public.ecr.aws/lambda/provided:${V}\nFROM golang AS b\nRUN go build -o /main\nFROM ${BASE}\nCOPY --from=b /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[("V=al2", "V=al2023")],
        notes: &["ARG V"], certain: false,
    },
    // Digests.
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1@sha256:0123456789abcdef\nCOPY main ./\nCMD [\"main\"]\n",
        changes: &[("lambda/go:1@sha256:0123456789abcdef", "lambda/provided:al2023"), CMD],
        notes: &["digest"], certain: false,
    },
    // The provided bases.
    Moved {
        request: "command",
        before: "FROM golang AS builder\nWORKDIR /opt\nRUN go build -o app\nFROM public.ecr.aws/lambda/provided:al2 AS runtime\nCOPY --from=builder /opt/app /usr/local/bin/app\nENTRYPOINT [\"/usr/local/bin/app\"]\n",
        changes: &[AL2],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS b\nRUN go build -o /b ./cmd\nFROM public.ecr.aws/lambda/provided:alami\nCOPY --from=b /b ${LAMBDA_RUNTIME_DIR}/bootstrap\nCMD [\"function.handler\"]\n",
        changes: &[("alami", "al2023")],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM denoland/deno AS b\nRUN deno compile --output /out/handler index.ts\nFROM amazon/aws-lambda-provided:al2.2023.08.01.10\nCOPY --from=b /out/handler .\nENTRYPOINT [ \"./handler\" ]\n",
        changes: &[("al2.2023.08.01.10", "al2023")],
        notes: &["not seen to be built from Go"], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/provided:al2 as build\nRUN yum install -y golang\nRUN go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [ \"/main\" ]\n",
        changes: &[("provided:al2\nCOPY", "provided:al2023\nCOPY")],
        notes: &["only builds"], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/provided:al2\nRUN amazon-linux-extras install php8.1 && \\\n  # yum\n  /usr/bin/yum clean all\nCOPY entry.sh /\nENTRYPOINT [\"/entry.sh\"]\n",
        changes: &[AL2],
        notes: &["not seen to be built from Go", "amazon-linux-extras", "yum"], certain: false,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/provided\nRUN curl https://example.com/rt.tgz | tar -xz -C /var/runtime\n",
        changes: &[("lambda/provided", "lambda/provided:al2023")],
        notes: &["what the container starts"], certain: false,
    },
    // Several stages, several images.
    Moved {
        request: "target=alpha",
        before: "FROM golang AS build\nRUN go build -o /out/alpha ./alpha && go build -o /out/beta ./beta\nFROM public.ecr.aws/lambda/go:1 AS alpha\nCOPY --from=build /out/alpha ./\nCMD [\"alpha\"]\nFROM public.ecr.aws/lambda/go:1 AS beta\nCOPY --from=build /out/beta ./\nCMD [\"beta\"]\n",
        changes: &[
            ("go build -o /out/alpha", "go build -tags lambda.norpc -o /out/alpha"),
            GO,
            ("CMD [\"alpha\"]", "ENTRYPOINT [\"./alpha\"]"),
        ],
        notes: &[], certain: true,
    },
    Moved {
        request: "target=1",
        before: "FROM golang AS build\nRUN go build -o /main\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /main ./\nCMD [\"main\"]\nFROM node:20\nRUN echo done\n",
        changes: &[NORPC, GO, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM public.ecr.aws/lambda/go:1 AS Base\nENV STAGE=dev\nFROM golang AS build\nRUN cd /src && go build -o main\nFROM base\nCOPY --from=build /src/main ${LAMBDA_TASK_ROOT}/\nCMD [\"main\"]\n",
        changes: &[GO, NORPC, CMD],
        notes: &[], certain: true,
    },
    Moved {
        request: "",
        before: "FROM golang AS a\nRUN go build -o /x/main\nFROM alpine AS b\nCOPY --from=a /x /y\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=b /y/ ./\nCMD [\"main\"]\n",
        changes: &[NORPC, GO, CMD],
        notes: &[], certain: true,
    },
    // A program that another image shares stays fit for its base.
    Moved {
        request: "target=alpha x86_64",
        before: "FROM golang AS build\nRUN GOARCH=arm64 go build -o /out/app\nFROM public.ecr.aws/lambda/go:1 AS alpha\nCOPY --from=build /out/app ./main\nCMD [\"main\"]\nFROM public.ecr.aws/lambda/go:1 AS beta\nCOPY --from=build /out ./\nCMD [\"app\"]\n",
        changes: &[GO, CMD],
        notes: &["built for arm64"], certain: false,
    },
    Moved {
        request: "arm64",
        before: "FROM golang AS build\nENV GOOS=linux GOARCH=amd64\nRUN go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[AL2],
        notes: &["built for amd64"], certain: false,
    },
    Moved {
        request: "x86_64",
        before: "FROM golang AS build\nARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build -o /main\nFROM public.ecr.aws/lambda/provided:al2\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n",
        changes: &[AL2],
        notes: &[], certain: true,
    },
];

#[test]
fn moves() {
    for case in MOVED {
        let request = request(case.request);
        let mut after = String::new();
        let mut rest = case.before;
        for (old, new) in case.changes {
            let (same, behind) = rest
                .split_once(old)
                .unwrap_or_else(|| panic!("{old}: {rest}"));
            after += same;
            after += new;
            rest = behind;
        }
        after += rest;
        let plan =
            plan(case.before, &request).unwrap_or_else(|it| panic!("{it:?}\n{}", case.before));
        let edited = apply(case.before, &plan.edits).unwrap();
        assert_eq!(edited, after, "{}", case.before);
        assert_eq!(
            plan.certain, case.certain,
            "{:?}\n{}",
            plan.notes, case.before
        );
        assert_eq!(
            plan.notes.len(),
            case.notes.len(),
            "{:?}\n{}",
            plan.notes,
            case.before
        );
        for (note, word) in plan.notes.iter().zip(case.notes) {
            assert!(note.message.contains(word), "{note:?}\n{}", case.before);
        }
        let again = super::plan(&edited, &request).unwrap();
        assert_eq!(again.edits, [], "{edited}");
    }
}

/// Request, text, a word of each note.
#[rustfmt::skip]
const KEPT: &[(&str, &str, &[&str])] = &[
    ("", "FROM public.ecr.aws/lambda/nodejs:20\nCOPY app.js ./\nCMD [\"app.handler\"]\n", &[]),
    ("", "FROM public.ecr.aws/lambda/python:3.12\nCMD [\"app.handler\"]\n", &[]),
    ("", "FROM golang:1.22 AS build\nRUN go build -o /main # for lambda\nFROM scratch\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n", &[]),
    ("", "# FROM public.ecr.aws/lambda/go:1\nFROM alpine\n# lambda/go:1\nCMD [\"main\"]\n", &[]),
    ("", "FROM alpine\nRUN echo FROM public.ecr.aws/lambda/go:1\nLABEL base=public.ecr.aws/lambda/go:1\n", &[]),
    ("", "FROM alpine\nRUN echo \\\n# FROM public.ecr.aws/lambda/go:1\n  lambda\n", &[]),
    ("", "FROM alpine\nCOPY <<EOF /Dockerfile\nFROM public.ecr.aws/lambda/go:1\nCMD [\"main\"]\nEOF\n", &[]),
    ("", "FROM public.ecr.aws/lambda/provided:al2023\nRUN dnf install -y zip\nCOPY main ./\nENTRYPOINT [\"./main\"]\n", &[]),
    ("", "FROM public.ecr.aws/lambda/provided:al2023.2024.05.01.10-arm64\nENTRYPOINT [\"/main\"]\n", &[]),
    ("", "FROM 123456789012.dkr.ecr.eu-west-1.amazonaws.com/mirror/lambda/go:1\nCOPY main ./\nCMD [\"main\"]\n", &["another registry"]),
    ("", "FROM public.ecr.aws/lambda/provided@sha256:0123\nENTRYPOINT [\"/main\"]\n", &["digest"]),
    ("", "FROM public.ecr.aws/lambda/provided:preview\nENTRYPOINT [\"/main\"]\n", &["known releases"]),
    ("", "FROM lambci/lambda:go1.x\nCMD [\"main\"]\n", &["docker-lambda"]),
    ("", "FROM public.ecr.aws/lambda/provided:al2 AS build\nRUN go build -o /main\nFROM alpine\nCOPY --from=build /main /main\nENTRYPOINT [\"/main\"]\n", &["only builds"]),
    ("target=b", "FROM public.ecr.aws/lambda/go:1 AS a\nCMD main\nFROM alpine AS b\nRUN echo b\n", &[]),
    ("", "ARG BASE\nFROM ${BASE}\n# lambda\nCMD [\"main\"]\n", &["not seen here"]),
    ("", "not a Dockerfile at all\n", &[]),
    ("", "node_modules\n*.log\n.git\n", &[]),
    ("", "", &[]),
];

#[test]
fn keeps() {
    for (words, text, notes) in KEPT {
        let plan = plan(text, &request(words)).unwrap_or_else(|it| panic!("{it:?}\n{text}"));
        assert_eq!(plan.edits, [], "{text}");
        assert_eq!(plan.notes.len(), notes.len(), "{:?}\n{text}", plan.notes);
        for (note, word) in plan.notes.iter().zip(*notes) {
            assert!(note.message.contains(word), "{note:?}\n{text}");
        }
    }
}

/// Request, text, a part of the reason, and what stands at its place.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str, &str)] = &[
    // No Dockerfile, or one that cannot be read for certain.
    ("", "# lambda\nnode_modules\n*.log\n", "cannot be read", "node"),
    ("", "COPY main /lambda\n", "cannot be read", "COPY"),
    ("", "{{ if x }}\nFROM public.ecr.aws/lambda/go:1\n", "cannot be read", "{{"),
    ("", "FROM public.ecr.aws/lambda/go:1\nRUN cat > x <<EOF\nFROM a\nEOF\nCMD [\"main\"]\n", "cannot be read", "EOF"),
    ("", "FROM public.ecr.aws/lambda/go:1\nRUN cat > x <<CMD\nFROM a\nCMD\nCMD [\"main\"]\n", "here-document", "RUN"),
    ("", "FROM public.ecr.aws/lambda/go:1\nRUN echo \\\\\nCMD [\"main\"]\n", "two escape", "RUN"),
    ("", "FROM public.ecr.aws/lambda/go:1\nRUN echo \rCMD [\"main\"]\n", "carriage return", "RUN"),
    ("", "# syntax=example.com/mockerfile\nFROM public.ecr.aws/lambda/go:1\n", "the frontend", "syntax"),
    ("", "FROM golang AS build\nRUN go build -o /app {{ .Directory }}\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=build /app ./\nCMD [\"app\"]\n", "template for another tool", "RUN"),
    ("target=nope", "FROM public.ecr.aws/lambda/go:1\nCMD [\"main\"]\n", "no stage nope", "FROM"),
    // Here-documents and ONBUILD in a stage that moves.
    ("", "FROM public.ecr.aws/lambda/go:1\nRUN <<EOF\ncp a /var/task/main\nEOF\nCMD [\"main\"]\n", "here-document", "RUN"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY <<EOF /var/task/main\nx\nEOF\nCMD [\"main\"]\n", "here-document", "COPY"),
    ("", "FROM public.ecr.aws/lambda/provided:al2\nONBUILD COPY main ./\nENTRYPOINT [\"./main\"]\n", "ONBUILD", "ONBUILD"),
    // ARG.
    ("", "ARG TAG\nFROM public.ecr.aws/lambda/go:${TAG}\nCOPY main ./\nCMD [\"main\"]\n", "not seen here", "public"),
    ("", "FROM public.ecr.aws/lambda/go:${TAG:-1}\nCOPY main ./\nCMD [\"main\"]\n", "not seen here", "public"),
    ("", "ARG TAG=1\nFROM public.ecr.aws/lambda/go:${TAG}\nARG TAG\nCOPY main ./\nCMD [\"main\"]\n", "used by a stage", "ARG"),
    ("", "ARG TAG=al2\nFROM node:${TAG} AS web\nFROM public.ecr.aws/lambda/provided:${TAG}\nENTRYPOINT [\"/main\"]\n", "another FROM", "FROM"),
    ("", "ARG R=lambda/g\nFROM public.ecr.aws/${R}o:1\nCOPY main ./\nCMD [\"main\"]\n", "several places", "FROM"),
    ("", "ARG T=1\nARG T=2\nFROM public.ecr.aws/lambda/go:$T\nCOPY main ./\nCMD [\"main\"]\n", "not seen here", "public"),
    // What the container starts.
    ("command", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"main\"]\n", "ImageConfig", "FROM"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\n", "neither CMD nor", "FROM"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD main\n", "JSON list", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD ['main']\n", "JSON list", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"main\", \"x\"]\n", "exactly one", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD []\n", "exactly one", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"${HANDLER}\"]\n", "plain name", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"m\\u0061in\"]\n", "plain name", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"../main\"]\n", "plain name", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nCMD [\"a\"]\nCMD [\"main\"]\n", "several CMDs", "CMD [\"main"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nENTRYPOINT [\"./main\"]\nENTRYPOINT [\"./main\"]\n", "several ENTRYPOINTs", "ENTRYPOINT"),
    ("", "FROM golang AS builder\nRUN go build -o /mgmt .\nFROM public.ecr.aws/lambda/go:1\nCOPY --from=builder mgmt ${LAMBDA_TASK_ROOT}\nCMD [ \"mgmt.main\" ]\n", "nothing here is seen", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY config.yml ./\nCMD [\"main\"]\n", "nothing here is seen", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main /opt/main\nCMD [\"main\"]\n", "nothing here is seen", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nRUN rm main\nCMD [\"main\"]\n", "nothing here is seen", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nRUN mv main app\nCMD [\"main\"]\n", "nothing here is seen", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main /main\nCOPY main /var/task/main\nCMD [\"/main\"]\n", "two files", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nENV LAMBDA_TASK_ROOT=/app\nCOPY main /app/\nCMD [\"main\"]\n", "LAMBDA_TASK_ROOT", "CMD"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY bootstrap ./\nENTRYPOINT [ \"/lambda-entrypoint.sh\" ]\nCMD [ \"bootstrap\" ]\n", "what that starts", "ENTRYPOINT"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nENTRYPOINT [\"/usr/local/bin/aws-lambda-rie\", \"./main\"]\n", "what that starts", "ENTRYPOINT"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY entry.sh /\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"main\"]\n", "what that starts", "ENTRYPOINT"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY x /y\nENTRYPOINT [\"/main\"]\n", "nothing here is seen", "ENTRYPOINT"),
    ("", "FROM public.ecr.aws/lambda/go:1\nCOPY main ./\nENTRYPOINT ./main && true\n", "plain name", "ENTRYPOINT"),
    ("", "FROM public.ecr.aws/lambda/go:1\nSHELL [\"/bin/bash\", \"-c\"]\nCOPY main ./\nENTRYPOINT ./main\n", "plain name", "ENTRYPOINT"),
    // Other images, other architectures.
    ("", "FROM public.ecr.aws/lambda/go:1 AS base\nCOPY . ./\nFROM base AS alpha\nCMD [\"alpha\"]\nFROM base AS beta\nCMD [\"beta\"]\n", "stage alpha begins from the same", "FROM base AS alpha"),
    ("arm64", "FROM --platform=linux/amd64 public.ecr.aws/lambda/provided:al2\nENTRYPOINT [\"/main\"]\n", "another architecture", "FROM"),
    ("x86_64", "FROM public.ecr.aws/lambda/provided:al2-arm64\nENTRYPOINT [\"/main\"]\n", "another architecture", "FROM"),
];

#[test]
fn refuses() {
    for (words, text, why, place) in REFUSED {
        let refused = plan(text, &request(words)).expect_err(text);
        assert!(refused.why.contains(why), "{}\n{text}", refused.why);
        let at = text
            .get(refused.at..)
            .unwrap_or_else(|| panic!("{refused:?}\n{text}"));
        assert!(at.starts_with(place), "{at:?}\n{text}");
    }
}

/// Files that grow when they are followed are given up, not followed for ever.
#[test]
fn survives_growth() {
    let go = "FROM public.ecr.aws/lambda/go:1\n";
    let end = "COPY main ./\nCMD [\"main\"]\n";
    let doubled = "ENV A=${A}${A}/lambda\n".repeat(1500);
    let deep: String = (0..90)
        .map(|it| {
            format!("FROM alpine AS s{}\n", it + 1) + &format!("COPY --from=s{it} / /\n").repeat(15)
        })
        .collect();
    let arguments: String = (0..60)
        .map(|it| format!("ARG A{it}={}\n", format!("${{A{}}}", it + 1).repeat(50)))
        .collect();
    for (text, is_moved) in [
        (format!("{go}ENV A=x\n{doubled}WORKDIR $A\n{end}"), false),
        (format!("{go}ENV A=x\n{doubled}{end}"), true),
        (format!("{deep}{go}COPY --from=s90 / /\n{end}"), true),
        (format!("{arguments}FROM ${{A0}}lambda/go:1\n{end}"), false),
        (format!("{go}{}{end}", "RUN a\n".repeat(3000)), false),
        (format!("{}{go}{end}", "FROM lambda\n".repeat(200)), false),
        (
            format!("{go}RUN {}b\n{end}", "a \\\n".repeat(100_000)),
            true,
        ),
    ] {
        assert_eq!(plan(&text, &request("")).is_ok(), is_moved, "{:.80}", text);
    }
}

/// Nothing makes a plan panic, and every plan for a mutant is one that its own proof accepts.
#[test]
fn survives_mutants() {
    let texts = MOVED
        .iter()
        .map(|it| it.before)
        .chain(KEPT.iter().map(|it| it.1));
    let texts: Vec<_> = texts.chain(REFUSED.iter().map(|it| it.1)).collect();
    let pieces = [
        "\\\n", "\n", "\"", "[", "]", "<<E\n", "$", "${", "}", "#", " ", "\r", "`", "'", "FROM ",
        "@", ":", "\u{feff}", "CMD ", "é", "&&", "--from=", "/", "",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap()
    };
    let rounds: usize = std::env::var("LAMBDALIFT_MUTANTS").map_or(20, |it| it.parse().unwrap());
    for text in texts.iter().cycle().take(texts.len() * rounds) {
        let mut text = (*text).to_owned();
        for _ in 0..=random(3) {
            let places: Vec<_> = text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect();
            let first = random(places.len());
            let last = (first + random(6)).min(places.len() - 1);
            let (start, end) = (places[first], places[last]);
            text.replace_range(start..end, pieces[random(pieces.len())]);
        }
        for words in ["", "arm64", "command target=build"] {
            let Ok(plan) = plan(&text, &request(words)) else {
                continue;
            };
            let edited = apply(&text, &plan.edits).unwrap();
            let again = super::plan(&edited, &request(words)).unwrap();
            assert_eq!(again.edits, [], "{text}");
        }
    }
}
