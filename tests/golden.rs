//! Runs every case of `testdata/rules`.
#![allow(clippy::unwrap_used)]
use lambdalift::data::Data;
use lambdalift::finding::Effect;
use lambdalift::migrate::{ArchitectureChoice, Options};
use lambdalift::session::{Input, Session};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn is_input(name: &str) -> bool {
    let ext = name.rsplit('.').next().unwrap_or("");
    ["yaml", "yml", "json", "template"].contains(&ext)
        && !name.starts_with("fixed.")
        && !name.contains(".fixed.")
}
fn fixed_of(p: &Path) -> PathBuf {
    let stem = p.file_stem().unwrap().to_str().unwrap();
    let ext = p.extension().unwrap().to_str().unwrap();
    if stem == "template" {
        p.with_file_name(format!("fixed.{ext}"))
    } else {
        p.with_file_name(format!("{stem}.fixed.{ext}"))
    }
}
#[test]
fn golden() {
    let mut bad = 0;
    let mut n = 0;
    let only = std::env::var("CASE").unwrap_or_default();
    for e in walkdir::WalkDir::new("testdata/rules")
        .sort_by_file_name()
        .min_depth(2)
        .max_depth(2)
    {
        let dir = e.unwrap().path().to_owned();
        if !dir.display().to_string().contains(&only) {
            continue;
        }
        n += 1;
        let mut options = Options::default();
        if let Ok(args) = std::fs::read_to_string(dir.join("args")) {
            let mut it = args.split_whitespace();
            while let Some(a) = it.next() {
                assert_eq!(a, "--architecture");
                options.architecture = match it.next().unwrap() {
                    "arm64" => ArchitectureChoice::Arm64,
                    "x86_64" => ArchitectureChoice::X86_64,
                    "keep" => ArchitectureChoice::Keep,
                    _ => ArchitectureChoice::Auto,
                };
            }
        }
        let mut inputs = vec![];
        let mut names: Vec<_> = walkdir::WalkDir::new(&dir)
            .sort_by_file_name()
            .into_iter()
            .map(|e| e.unwrap().path().to_owned())
            .filter(|p| p.is_file() && is_input(p.file_name().unwrap().to_str().unwrap()))
            .collect();
        names.retain(|p| {
            p.file_stem().unwrap() == "template" || {
                let t = String::from_utf8_lossy(&std::fs::read(p).unwrap()).into_owned();
                (t.contains("go1.x") || t.contains("provided"))
                    && (t.contains("AWS::Serverless::") || t.contains("AWS::Lambda::"))
            }
        });
        for p in &names {
            inputs.push(Input {
                path: p.clone(),
                root: dir.clone(),
                bytes: std::fs::read(p).unwrap(),
                has_neighbours: true,
            });
        }
        let data = Data::load(None, None).unwrap();
        let c = AtomicBool::new(false);
        let s = Session {
            options: &options,
            data: &data,
            threads: 1,
            cancelled: &c,
        };
        let outs = s.run(inputs);
        let mut got: Vec<String> = vec![];
        let mut msgs = String::new();
        for o in &outs {
            let f = fixed_of(o.source.path());
            let want = std::fs::read_to_string(&f).ok();
            for x in &o.findings {
                if x.effect != Effect::Edit {
                    got.push(x.rule.id.to_owned());
                }
                msgs += &format!(
                    "    {} {}: {}\n",
                    x.rule.id,
                    o.source.position(x.range.start).line,
                    x.message
                );
            }
            if o.output != want {
                bad += 1;
                println!("=== {}", o.source.path().display());
                std::fs::write("/tmp/got", o.output.as_deref().unwrap_or(o.source.text())).unwrap();
                std::fs::write("/tmp/want", want.as_deref().unwrap_or(o.source.text())).unwrap();
                let d = std::process::Command::new("diff")
                    .args(["-u", "/tmp/want", "/tmp/got"])
                    .output()
                    .unwrap();
                println!("{}", String::from_utf8_lossy(&d.stdout));
                println!("{msgs}");
            }
        }
        got.sort();
        let want: Vec<String> = std::fs::read_to_string(dir.join("findings"))
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        if got != want {
            bad += 1;
            println!(
                "=== {} findings\n  want {want:?}\n  got  {got:?}\n{msgs}",
                dir.display()
            );
        }
    }
    println!("{n} cases, {bad} bad");
}
