//! The command line as data: see `testdata/cli`. `TRYCMD=overwrite` writes the outputs anew.

#[test]
fn cli() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("testdata/cli/*.toml")
        .case("testdata/cli/*.trycmd");
}
