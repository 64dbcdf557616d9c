//! Where the page of a rule is.

/// The environment variable that names the directory of the rules' pages, for copies of this project.
const BASE: &str = "LAMBDALIFT_DOCS_URL";

/// The directory of the rules' pages on the web; `None` while it is not known.
#[derive(Debug, Clone)]
pub(crate) struct Docs(String);

impl Docs {
    /// What the environment says, else the repository that the package names.
    pub(crate) fn find() -> Option<Self> {
        let named = std::env::var(BASE).ok();
        let of_repository = || {
            let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
            (!repository.is_empty()).then(|| format!("{repository}/blob/main/docs/rules"))
        };
        let base = named.or_else(of_repository)?;
        let fits = |c: char| c.is_ascii_graphic();
        let is_url = ["https://", "http://", "file:///"]
            .iter()
            .any(|scheme| base.starts_with(scheme));
        (is_url && base.chars().all(fits)).then(|| Self(base.trim_end_matches('/').to_owned()))
    }

    /// The page of a rule.
    pub(crate) fn page(&self, rule: &str) -> String {
        format!("{}/{rule}.md", self.0)
    }
}
