//! The inner steps of a run, each alone and all of them together: `cargo bench`, see `benches/README.md`.
//!
//! Every step counts the bytes of the same old texts, so that the MB/s of a step and of `whole_file` tell the
//! share of the step.
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot start has nobody to tell"
)]

mod json;
#[path = "../../tests/support/numbers.rs"]
mod numbers;
mod writer;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, io};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, Divan};
use lambdalift::bench::{self, Repository};
use lambdalift::edit::{Output, Splices};
use lambdalift::source::SourceFile;
use lambdalift::syntax::{Document, Limits, parse};
use lambdalift::verify::verify;

use json::json;
use writer::{Template, Writer};

const TEMPLATES: usize = 48;
const MEDIAN_SIZE: f64 = 8_000.0;

fn main() {
    Divan::default().sample_count(20).config_with_args().main();
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Yaml,
    Json,
}

const FORMATS: [Format; 2] = [Format::Yaml, Format::Json];

impl Format {
    fn work(self) -> &'static Work {
        static YAML: LazyLock<Work> =
            LazyLock::new(|| Work::new("yaml", templates(), Format::Yaml));
        static JSON: LazyLock<Work> =
            LazyLock::new(|| Work::new("json", templates(), Format::Json));
        match self {
            Self::Yaml => &YAML,
            Self::Json => &JSON,
        }
    }
}

/// Templates that a dry run would migrate.
fn templates() -> Vec<Template> {
    let mut writer = Writer::new(1);
    let template = |_| {
        let size = writer.size(MEDIAN_SIZE);
        writer.template(size, true)
    };
    (0..TEMPLATES).map(template).collect()
}

/// Templates and what the steps make of them.
struct Work {
    repository: Repository,
    files: Vec<File>,
    functions: usize,
}

struct File {
    path: PathBuf,
    text: String,
    document: Document,
    splices: Splices,
    migrated: String,
    output: Output,
}

impl Work {
    fn new(name: &str, templates: Vec<Template>, format: Format) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let repository = repository(&root, &templates).expect("target/tmp can be written");
        let functions = templates.iter().map(|it| it.functions).sum();
        let texts = templates.into_iter().map(|it| match format {
            Format::Yaml => ("template.yaml", it.text),
            Format::Json => ("template.json", json(&it.text)),
        });
        let files = texts.enumerate().map(|(at, (name, text))| {
            let path = service(&root, at).join(name);
            let outcome = repository.migrate(read(&path, &text));
            let output = outcome.output.clone();
            let output = output.expect("every template has functions to move");
            let fixes = outcome.findings.iter().filter_map(|it| it.fix.as_ref());
            let splices =
                Splices::merge(fixes.flat_map(|fix| &fix.edits)).expect("the edits were made");
            let document = read(&path, &text);
            File {
                path,
                document,
                splices,
                migrated: output.text(&text),
                output,
                text,
            }
        });
        Self {
            files: files.collect(),
            repository,
            functions,
        }
    }

    /// What one pass over the old texts comes to.
    fn counters(&self) -> (BytesCount, ItemsCount) {
        let bytes: usize = self.files.iter().map(|it| it.text.len()).sum();
        (BytesCount::new(bytes), ItemsCount::new(self.functions))
    }

    /// A bench that goes over all the files.
    fn over_files<O>(&self, bencher: Bencher, step: impl Fn(&File) -> O) {
        let (bytes, functions) = self.counters();
        bencher.counter(bytes).counter(functions).bench_local(|| {
            for file in &self.files {
                black_box(step(black_box(file)));
            }
        });
    }

    /// A bench that goes over a parsed text of every file.
    fn over_documents<O>(
        &self,
        bencher: Bencher,
        text: fn(&File) -> &str,
        step: impl Fn(Document) -> O,
    ) {
        let (bytes, functions) = self.counters();
        let parsed = || -> Vec<Document> {
            self.files
                .iter()
                .map(|it| read(&it.path, text(it)))
                .collect()
        };
        bencher
            .counter(bytes)
            .counter(functions)
            .with_inputs(parsed)
            .bench_local_values(|documents| documents.into_iter().map(&step).collect::<Vec<O>>());
    }
}

/// Where the template with this number lies.
fn service(root: &Path, at: usize) -> PathBuf {
    root.join("services").join(at.to_string())
}

/// A repository with the source of the functions of these templates.
fn repository(root: &Path, templates: &[Template]) -> io::Result<Repository> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    for (at, template) in templates.iter().enumerate() {
        let service = service(root, at);
        for program in &template.programs {
            let program = service.join(program);
            fs::create_dir_all(&program)?;
            fs::write(program.join("main.go"), "package main\n\nfunc main() {}\n")?;
        }
        let module = "module example.com/service\n\ngo 1.24\n";
        fs::write(service.join("go.mod"), module)?;
    }
    Repository::new(root)
}

fn read(path: &Path, text: &str) -> Document {
    parse(SourceFile::new(path, text.to_owned()), Limits::default())
        .expect("the writer writes YAML")
}

/// The files that a walk opens, a tenth of them templates, and a fifth of these with functions to move.
#[divan::bench]
fn prefilter(bencher: Bencher) {
    let mut writer = Writer::new(2);
    let text = |at: usize| match at % 50 {
        0 => writer.template(8_000, true).text,
        at if at % 10 == 0 => writer.template(8_000, false).text,
        _ => writer.other_file(),
    };
    let texts: Vec<String> = (0..500).map(text).collect();
    let search = bench::byte_search();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .counter(ItemsCount::new(texts.len()))
        .bench_local(|| texts.iter().filter(|it| search(it.as_bytes())).count());
}

#[divan::bench(args = FORMATS, name = "parse")]
fn parses(bencher: Bencher, format: Format) {
    format
        .work()
        .over_files(bencher, |file| read(&file.path, &file.text));
}

#[divan::bench(args = FORMATS)]
fn effective_view(bencher: Bencher, format: Format) {
    format.work().over_files(bencher, |file| {
        let roots = file.document.roots().iter();
        roots
            .map(|&root| bench::effective_view(&file.document, root))
            .sum::<usize>()
    });
}

/// All of `migrate` on the migrated text, where every rule looks and nothing is edited, so that nothing is proved.
#[divan::bench(args = FORMATS)]
fn rules(bencher: Bencher, format: Format) {
    let work = format.work();
    let settled = |document| {
        let outcome = work.repository.migrate(document);
        assert!(outcome.output.is_none(), "a migrated template is settled");
        outcome
    };
    work.over_documents(bencher, |file| &file.migrated, settled);
}

/// Everything between parse and diff: effective view, rules, plan, edits, proof.
#[divan::bench(args = FORMATS)]
fn migrate(bencher: Bencher, format: Format) {
    let work = format.work();
    work.over_documents(
        bencher,
        |file| &file.text,
        |document| work.repository.migrate(document),
    );
}

#[divan::bench(args = FORMATS, name = "verify")]
fn verifies(bencher: Bencher, format: Format) {
    format.work().over_files(bencher, |file| {
        let proved = verify(
            &file.document,
            &file.splices,
            &file.migrated,
            Limits::default(),
        );
        proved.expect("it was proved before");
    });
}

#[divan::bench(args = FORMATS)]
fn diff(bencher: Bencher, format: Format) {
    format.work().over_files(bencher, |file| {
        bench::diff(&file.text, &file.output, &file.path)
    });
}

/// All steps of a dry run on a file, but for reading and printing.
fn whole(work: &Work, search: impl Fn(&[u8]) -> bool, file: &File) -> Vec<u8> {
    assert!(search(file.text.as_bytes()), "it names a retired runtime");
    let outcome = work
        .repository
        .examine(file.path.clone(), file.text.clone().into_bytes());
    let output = outcome.output.as_ref().expect("it was migrated before");
    bench::diff(outcome.source.text(), output, outcome.source.path())
}

#[divan::bench(args = FORMATS)]
fn whole_file(bencher: Bencher, format: Format) {
    let (work, search) = (format.work(), bench::byte_search());
    work.over_files(bencher, |file| whole(work, &search, file));
}

/// One template with so many functions: linear as long as functions/s stay.
#[divan::bench(args = [250, 500, 1000, 2000])]
fn whole_file_with_functions(bencher: Bencher, count: usize) {
    let template = Writer::new(3).functions(count);
    let (work, search) = (
        Work::new("functions", vec![template], Format::Yaml),
        bench::byte_search(),
    );
    work.over_files(bencher, |file| whole(&work, &search, file));
}
