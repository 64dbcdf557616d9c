//! `lambdalift report`: reports of several repositories as one inventory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::Exit;
use super::args::{InventoryFormat, ReportArgs};
use super::output::ReportFile;
use crate::report::inventory::{Format, Inventory, Reader};
use crate::report::plain_text;

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    let file = args.output.as_deref().map(ReportFile::check).transpose()?;
    if let Some(file) = &file {
        file.is_none_of(args.files.iter().map(|path| path.as_path()))?;
    }
    let inventory = read(&args.files)?;
    let format = match args.format {
        InventoryFormat::Markdown => Format::Markdown,
        InventoryFormat::Csv => Format::Csv,
        InventoryFormat::Json => Format::Json,
        InventoryFormat::Html => Format::Html,
    };
    let mut text = Vec::new();
    inventory.write(format, &mut text)?;
    match &file {
        Some(file) => file.write(&text)?,
        None => io::stdout().lock().write_all(&text)?,
    }
    let mut stderr = io::stderr().lock();
    for problem in inventory.problems() {
        writeln!(stderr, "lambdalift: {}", plain_text(&problem))?;
    }
    Ok(Exit::Success)
}

fn read(files: &[impl AsRef<Path>]) -> anyhow::Result<Inventory> {
    let mut reader = Reader::default();
    for file in files {
        let path = file.as_ref();
        let name = path.display().to_string();
        if path == Path::new("-") {
            reader.add("standard input", "standard input", io::stdin().lock())?;
            continue;
        }
        let label = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let lines = open(path).with_context(|| format!("cannot read the report {name}"))?;
        reader.add(&name, &label.unwrap_or_else(|| name.clone()), lines)?;
    }
    Ok(reader.finish())
}

fn open(path: &Path) -> io::Result<impl BufRead> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a directory; name the files in it",
        ));
    }
    Ok(BufReader::new(File::open(path)?))
}
