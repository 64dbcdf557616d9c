//! String literals that name what changes with the runtime.

use super::lexer::Token;
use super::{Mention, Sign};

/// Environment variables, and what reading them is a sign of; see
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const VARIABLES: [(&str, Sign); 3] = [
    ("_HANDLER", Sign::ReadsHandler),
    ("_LAMBDA_SERVER_PORT", Sign::DetectsLambda),
    ("AWS_EXECUTION_ENV", Sign::DetectsLambda),
];

/// Other literals that mean the same.
const TEXTS: [(&str, Sign); 2] = [
    ("/proc/self/exe", Sign::ReadsHandler),
    ("AWS_Lambda_go1.x", Sign::DetectsLambda),
];

/// All of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().chain(&TEXTS).map(|(name, _)| *name)
}

/// What a string literal is a sign of, if anything.
pub(super) fn mention(token: &Token<'_>) -> Option<Mention> {
    let content = token.unquoted();
    let variable = VARIABLES.iter().find(|(name, _)| {
        content == name.as_bytes() || refers_to(content, name.as_bytes(), token.is_raw())
    });
    let text = || TEXTS.iter().find(|(text, _)| content == text.as_bytes());
    let (what, sign) = variable.or_else(text)?;
    Some(Mention {
        sign: *sign,
        offset: token.offset,
        what,
    })
}

/// Whether a literal names the variable as a part of it: to be expanded, `"${_HANDLER}"`, or, in
/// a raw literal, as a struct tag that fills a field, `` `env:"_HANDLER,required"` ``.
fn refers_to(content: &[u8], name: &[u8], raw: bool) -> bool {
    // Literals are short: to begin a search costs more than to look.
    let places = content.windows(name.len()).enumerate();
    let mut places = places.filter(|(_, part)| *part == name);
    places.any(|(at, _)| {
        let before = content.get(..at).unwrap_or_default();
        let after = content.get(at + name.len());
        let opened = match before {
            [.., b'$'] | [.., b'$', b'{'] => true,
            [.., b':', b'"'] => raw,
            _ => false,
        };
        opened && !after.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}
