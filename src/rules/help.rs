//! What there is to read about a rule. `explain`, `rules --format json`, the pages in `docs/rules` and the
//! help in reports for other programs are this text.

use std::fmt::Write as _;
use std::path::Path;

use super::{Example, RULES, Rule, Silence};
use crate::diff;

impl Rule {
    /// All there is to say, as a page of Markdown.
    #[must_use]
    pub fn help_markdown(&self) -> String {
        let mut out = format!(
            "# {}\n\n{}\n\nSeverity: {}. Since {}.\n\n{}\n\n## When a function is declined, and what to do\n\n{}\n",
            self.id,
            self.summary,
            self.severity.as_str(),
            self.since,
            self.explanation,
            self.declined
        );
        if let Some(example) = &self.example {
            out.push_str("\n## Example\n\n");
            out.push_str(&self.shown(example));
        }
        out.push_str("\n## To silence it\n\n");
        out.push_str(&self.silencing());
        if !self.links.is_empty() {
            out.push_str("\n## See also\n\n");
            for link in self.links {
                out.push_str(&format!("- <{link}>\n"));
            }
        }
        out
    }

    /// The same without marks and examples, for readers that show plain text.
    #[must_use]
    pub fn help_text(&self) -> String {
        let links = match self.links {
            [] => String::new(),
            links => format!("\n\nSee also: {}", links.join(", ")),
        };
        let prose = format!(
            "{}\n\n{}\n\n{}",
            self.summary, self.explanation, self.declined
        );
        format!("{}{links}", prose.replace('`', ""))
    }

    fn silencing(&self) -> String {
        let id = self.id;
        match self.silence {
            Silence::InTemplate => format!(
                "A comment at the end of the line, or on a line of its own above, counts for that line; on a\n\
                 logical ID it counts for the whole resource. If an edit is silenced, the whole function stays as\n\
                 it is. `lambdalift --add-ignore REASON` writes the comments for everything that is declined.\n\n\
                 ```yaml\nLogicalId: # lambdalift: ignore[{id}] the reason\n```\n\n\
                 In JSON, in the resource:\n\n\
                 ```json\n\"Metadata\": {{\"lambdalift\": {{\"ignore\": [\"{id}\"]}}}}\n```\n\n\
                 For a whole run: `--ignore {id}`.\n"
            ),
            Silence::AtItsLine => format!(
                "A comment at the end of its line, or on a line of its own above:\n\n\
                 ```yaml\nKey: value # lambdalift: ignore[{id}] the reason\n```\n\n\
                 For a whole run: `--ignore {id}`.\n"
            ),
            Silence::ByOption => format!(
                "`--ignore {id}` leaves it out of the report. No instruction in the file does.\n"
            ),
            Silence::Otherwise(how) => format!("{how}\n"),
        }
    }

    /// The example: each file as a diff or as it stays, and what lambdalift says of this rule.
    fn shown(&self, example: &Example) -> String {
        let mut out = String::new();
        for file in example.files {
            match file.after {
                Some(after) => {
                    let (before, after) = (file.before.as_bytes(), after.as_bytes());
                    let patch = diff::unified(before, after, Path::new(file.name), None);
                    out.push_str(&fenced("diff", &String::from_utf8_lossy(&patch)));
                }
                None => {
                    let language = match file.name.rsplit_once('.') {
                        Some((_, "yaml")) => "yaml",
                        Some((_, "go")) => "go",
                        _ => "text",
                    };
                    let stays = format!("`{}` stays as it is:\n\n", file.name);
                    out.push_str(&stays);
                    out.push_str(&fenced(language, file.before));
                }
            }
            out.push('\n');
        }
        let mark = format!("[{}]", self.id);
        let of_rule = example.said.split("\n\n").find(|said| said.contains(&mark));
        if let Some(said) = of_rule {
            out.push_str("lambdalift says:\n\n");
            out.push_str(&fenced("text", said));
            out.push('\n');
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

/// A block of code; an example may hold marks of its own.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// The list of all rules, as a page of Markdown beside theirs.
#[must_use]
pub fn index() -> String {
    let mut out = "# Rules\n\nEvery finding of lambdalift is an instance of a rule. `lambdalift explain RULE` prints \
                   the same page.\n\n| rule | severity | |\n|---|---|---|\n"
        .to_owned();
    for rule in RULES {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| [{id}]({page}) | {severity} | {summary} |",
            id = rule.id,
            page = page(rule),
            severity = rule.severity.as_str(),
            summary = rule.summary
        );
    }
    out
}

/// The name of a rule's page beside the index.
#[must_use]
pub fn page(rule: &Rule) -> String {
    format!("{}.md", rule.id)
}
