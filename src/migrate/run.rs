//! The way of one file through the pipeline.

use super::architecture::Architecture;
use super::code_key::CodeKey;
use super::context::{ArchitectureChoice, Context, Options};
use super::decision::Decision;
use super::failures::unparsable;
use super::job::{Job, State};
use super::known::Known;
use super::layers::{LayerPlan, plan_layer};
use super::outcome::{BuildFileEdit, FunctionReport, Outcome, ProgramFacts, Status};
use super::parameters::changed_parameters;
use super::placement::{Build, Placement, Refusal};
use super::plan::Planner;
use super::registry::Registry;
use super::remains::AddedIgnores;
use super::subject::{Draft, Notes, Subject};
use super::suppress::Suppressions;
use super::track::Track;
use super::unit::{Units, Without};
use super::users::Users;
use crate::data::Data;
use crate::edit::{Output, Splices};
use crate::finding::{Effect, Finding, Related};
use crate::parallel::Threads;
use crate::program::Survey;
use crate::rules::missing_build_method::BUILD_METHOD;
use crate::rules::{self, Check, RULES, Rule};
use crate::source::{Range, SourceFile};
use crate::syntax::{Document, Editor, NodeId, SyntaxError};
use crate::template::{EffectiveFunction, Template, is_template};
use crate::verify::{Unproved, verify_shared};

/// Adds the functions of a parsed file to the users of their code.
pub(crate) fn register(
    users: &mut Users,
    document: &Document,
    survey: &Survey,
    options: &Options,
    data: &Data,
    threads: Threads<'static>,
) {
    if let &[root] = document.roots()
        && is_template(document, root)
    {
        users.register(
            &Template::read(document, root),
            survey,
            options,
            data,
            threads,
        );
    }
}

/// Migrates one parsed file; pure but for the files that `context` lets it see.
pub(crate) fn migrate(
    context: &Context<'_>,
    parsed: Result<Document, (SourceFile, SyntaxError)>,
) -> Outcome {
    let document = match parsed {
        Ok(document) => document,
        Err((source, error)) => return unparsable(context, source, &error),
    };
    let result = Examination {
        context,
        document: &document,
        findings: Vec::new(),
        functions: Vec::new(),
        ignores: AddedIgnores::default(),
        build_files: Vec::new(),
    }
    .run();
    let Examined {
        status,
        mut findings,
        mut functions,
        output,
        ignores,
        build_files,
    } = result;
    findings.retain(|finding| context.options.rules.allows(finding.rule));
    findings.sort_by_key(|finding| (finding.range.start, finding.rule.id));
    findings.dedup_by(|a, b| a.rule == b.rule && a.range == b.range && a.message == b.message);
    // A run keeps the outcomes of all its templates.
    findings.shrink_to_fit();
    functions.shrink_to_fit();
    Outcome {
        status,
        findings,
        functions,
        output,
        ignores,
        build_files,
        source: document.into_source(),
    }
}

pub(super) fn plain_finding(
    rule: &'static Rule,
    message: String,
    help: &str,
    range: Range,
) -> Finding {
    Finding {
        rule,
        effect: Effect::Note,
        message,
        help: Some(help.to_owned()),
        range,
        related: Vec::new(),
        resource: None,
        fix: None,
    }
}

/// The work on one template.
pub(super) struct Examination<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) document: &'a Document,
    pub(super) findings: Vec<Finding>,
    pub(super) functions: Vec<FunctionReport>,
    pub(super) ignores: AddedIgnores,
    pub(super) build_files: Vec<BuildFileEdit>,
}

/// What moves together with functions.
struct Plans<'p> {
    units: &'p Units,
    registry: Option<&'p Registry>,
}

pub(super) struct Examined {
    status: Status,
    findings: Vec<Finding>,
    functions: Vec<FunctionReport>,
    output: Option<Output>,
    ignores: AddedIgnores,
    build_files: Vec<BuildFileEdit>,
}

impl Examination<'_> {
    fn run(mut self) -> Examined {
        let document = self.document;
        let roots = document.roots();
        if !roots.iter().any(|&root| is_template(document, root)) {
            let status = self.judge_non_template();
            return self.finish(status, None);
        }
        let &[root] = roots else {
            let second = roots.get(1).map_or(0..0, |&root| self.range(root));
            self.findings.push(plain_finding(
                &rules::multiple_documents::RULE,
                "this file holds several YAML documents, of which CloudFormation takes one"
                    .to_owned(),
                "put the template into a file of its own",
                second,
            ));
            return self.finish(Status::Unparsable, None);
        };
        let mut template = Template::read(document, root);
        let mut suppressions = Suppressions::read(&template, &self.context.options.refused);
        self.report_unexamined(&template, &mut suppressions);
        let (layer_drafts, ignored) = self.layer_drafts(&template, &mut suppressions);
        template.ignored_layers = ignored;
        let template = template;
        let editor = Editor::new(document);
        let known = Known::all(self.context, &template);
        let mut without = Without::default();
        let mut staying = Without::default();
        let mut ignored = Without::default();
        let (units, registry, mut jobs, planner) = loop {
            let units = Units::plan(self.context, &template, &known, &without);
            let registry = Registry::plan(self.context, &template, &known, &units, &staying);
            let plans = Plans {
                units: &units,
                registry: registry.as_ref(),
            };
            let mut jobs = self.jobs(&template, &known, &plans, &mut suppressions);
            // Whoever ignores the edit of its build file is left alone altogether.
            for job in &mut jobs {
                if ignored.contains(&job.function.key) && job.is_migrating() {
                    job.state = State::Ignored;
                }
            }
            let mut planner = Planner::new(&template, &editor, self.context);
            planner.run(&mut jobs);
            if self.context.options.safe_only && hold_back(&mut jobs) {
                planner.run(&mut jobs);
            }
            let mut lost = units.lost(&jobs);
            let stays = registry.as_ref().map(|registry| registry.lost(&jobs));
            let stays = stays.unwrap_or_default();
            if lost.is_empty() && stays.is_empty() {
                break (units, registry, jobs, planner);
            }
            staying.extend(stays.iter().copied());
            lost.extend(stays);
            let is_ignored = |key: &NodeId| {
                let mut jobs = jobs.iter();
                jobs.any(|job| job.function.key == *key && job.state == State::Ignored)
            };
            ignored.extend(lost.iter().copied().filter(is_ignored));
            without.extend(lost);
        };
        self.silence_plan(&mut jobs, &mut suppressions);
        self.note_parameters(&template, &mut jobs, &mut suppressions);
        let mut layers = layer_drafts
            .into_iter()
            .map(|(id, draft)| plan_layer(&planner, &jobs, id, draft))
            .collect::<Vec<LayerPlan>>();
        self.silence_layers(&template, &mut layers, &mut suppressions);
        self.ignores = self.ignore_remains(&template, &editor, &jobs, &layers);
        let registry_edit = registry.and_then(|registry| registry.into_edit(&jobs));
        let splices = self.splices(&jobs, &layers);
        // The proof is what a long template waits for.
        let threads = self.context.threads.for_functions(jobs.len());
        let (reported, output) =
            threads.both(|| self.reported(&template, jobs), || self.output(&splices?));
        self.report(reported, output.is_err());
        self.report_layers(layers);
        if self.context.options.looks_at_everything() {
            self.report_unused(&suppressions);
        }
        match output {
            Ok(output) => {
                self.build_files.extend(units.into_edits());
                self.build_files.extend(registry_edit);
                self.finish(Status::Examined, output)
            }
            Err(unproved) => {
                self.build_files.clear();
                self.fail(root, &unproved)
            }
        }
    }

    pub(super) fn finish(self, status: Status, output: Option<Output>) -> Examined {
        Examined {
            status,
            findings: self.findings,
            functions: self.functions,
            output,
            ignores: self.ignores,
            build_files: self.build_files,
        }
    }

    pub(super) fn range(&self, node: NodeId) -> Range {
        let node = self.document.node(node);
        node.range.clone()
    }

    /// Every function with all that the rules say about it.
    fn jobs<'t>(
        &self,
        template: &'t Template<'t>,
        known: &'t [Known<'t>],
        plans: &Plans<'_>,
        suppressions: &mut Suppressions,
    ) -> Vec<Job<'t>> {
        let functions = known.iter().collect();
        let job = |function| self.job(template, function, plans);
        let mut jobs = template.of_each(functions, self.context.threads, job);
        // An instruction counts as used once it has silenced something.
        for job in &mut jobs {
            self.silence(job, suppressions);
            job.changes_parameter = !changed_parameters(job).is_empty();
        }
        jobs
    }

    fn job<'t>(
        &self,
        template: &'t Template<'t>,
        known: &'t Known<'t>,
        plans: &Plans<'_>,
    ) -> Job<'t> {
        let Known {
            function,
            track,
            placement,
        } = known;
        let Plans { units, registry } = *plans;
        let grant = units.of(function);
        let concerned = match track {
            Track::Leaving(leaving) => self.context.options.from.contains(&leaving.from),
            _ => true,
        };
        if !concerned {
            return Job::new(function, track, Vec::new());
        }
        let split = grant
            .filter(|grant| grant.splits && track.is_leaving_go())
            .and_then(|_| Decision::split(self.context, template, function, track))
            .map(Ok);
        let placement = split.as_ref().or(placement.as_ref());
        let wants_arm64 = self.context.options.architecture == ArchitectureChoice::Arm64;
        let surveyed = (placement.is_none() && wants_arm64)
            .then(|| Decision::survey(self.context, template, function, track));
        let placed = match placement {
            Some(Ok(placed)) => Some(placed),
            _ => surveyed.as_ref(),
        };
        let architecture = Architecture::decide(
            self.context,
            template,
            function,
            track,
            placed,
            grant.is_some(),
        );
        let subject = Subject {
            context: self.context,
            template,
            function,
            track,
            placement,
            architecture: &architecture,
            grant,
            refusals: units.refusals(function),
            image: units.image(function),
            registry,
        };
        let drafts = check_function(&subject);
        let mut job = Job::new(function, track, drafts);
        job.goarch = architecture.goarch();
        job.program = self.program_facts(template, function, track, placement);
        if placed.is_some_and(|placed| matches!(placed.build, Build::Prebuilt(_))) {
            job.package = CodeKey::all(self.context.survey, template, function);
        }
        job
    }

    fn program_facts(
        &self,
        template: &Template<'_>,
        function: &EffectiveFunction,
        track: &Track,
        placement: Option<&Result<Placement, Refusal>>,
    ) -> ProgramFacts {
        let built_from_source = match placement {
            Some(Ok(placement)) => placement.is_built_by_sam(),
            Some(Err(_)) => false,
            None => {
                self.context.options.surveys_all
                    && matches!(track, Track::Current | Track::Leaving(_))
                    && Decision::is_source(self.context, template, function, track)
            }
        };
        let go = track.is_leaving_go()
            || built_from_source
            || function.build_method(template) == Some(BUILD_METHOD);
        ProgramFacts {
            go,
            built_from_source,
            may_be_retired: matches!(track, Track::Computed { .. } | Track::NoDefault { .. }),
        }
    }

    /// All edits of the template, or which two cannot be made together.
    fn splices(&self, jobs: &[Job<'_>], layers: &[LayerPlan]) -> Result<Splices, Unproved> {
        let migrating = jobs.iter().filter(|job| job.is_migrating());
        let function_edits = migrating.flat_map(|job| job.edits.iter().flatten());
        let layer_edits = layers.iter().flat_map(|layer| &layer.edits);
        let edits = function_edits.chain(layer_edits).chain(&self.ignores.edits);
        Splices::merge(edits).map_err(|overlap| Unproved::Unparsable(overlap.to_string()))
    }

    /// What the edits make of the template, proved, or why it cannot be shown; nothing if there are no edits.
    fn output(&self, splices: &Splices) -> Result<Option<Output>, Unproved> {
        if splices.edits().is_empty() {
            return Ok(None);
        }
        let text = splices.apply(self.document.text());
        let Context {
            options, threads, ..
        } = self.context;
        verify_shared(self.document, splices, &text, options.limits, *threads)?;
        Ok(Some(Output::of(splices)))
    }
}

/// Holds back the functions with a step left to do; whether there are any. The plan of the others
/// then has to be made anew.
fn hold_back(jobs: &mut [Job<'_>]) -> bool {
    let mut held = false;
    for job in jobs
        .iter_mut()
        .filter(|job| job.is_migrating() && job.has_follow_up())
    {
        job.state = State::HeldBack;
        job.edits.clear();
        held = true;
    }
    held
}

/// Runs the rules over a function. A function that cannot be migrated says only why.
fn check_function(subject: &Subject<'_>) -> Vec<Draft> {
    let mut notes = Notes::default();
    for rule in RULES {
        if let Check::Function(check) = rule.check {
            check(subject, &mut notes);
        }
    }
    notes.drafts
}

impl Notes {
    /// Reports why the function's code could not be placed, if it was for the reason of `rule`.
    pub(crate) fn refusal(
        &mut self,
        rule: &'static Rule,
        subject: &Subject<'_>,
    ) -> Option<&mut Draft> {
        let Some(Err(refusal)) = subject.placement else {
            return None;
        };
        let Refusal {
            rule: named,
            message,
            help,
            related,
        } = refusal;
        (named.id == rule.id).then(|| {
            let code = subject.function.code.property();
            let place = code.map_or(subject.function.key, |code| code.entry.value);
            let related: Vec<Related> = related.clone();
            let name = &subject.function.logical_id;
            self.decline(rule, place, format!("{name} is not migrated: {message}"))
                .help(help.clone())
                .related(related)
        })
    }
}
