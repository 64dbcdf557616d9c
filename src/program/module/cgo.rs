//! Modules that cannot do their work without cgo.
//!
//! `go build` for another architecture turns cgo off. Some of these modules then fail to build,
//! but some, such as go-sqlite3, build well and fail when they run.

/// Import path prefixes of packages that need cgo, or that need one that does.
const NEEDS_CGO: [&str; 36] = [
    "github.com/DataDog/zstd",
    "github.com/alexbrainman/odbc",
    "github.com/bytecodealliance/wasmtime-go",
    "github.com/chai2010/webp",
    "github.com/confluentinc/confluent-kafka-go",
    "github.com/davidbyttow/govips",
    "github.com/duckdb/duckdb-go",
    "github.com/godror/godror",
    "github.com/google/gopacket/pcap",
    "github.com/h2non/bimg",
    "github.com/ibmdb/go_ibm_db",
    "github.com/jinzhu/gorm/dialects/sqlite",
    "github.com/kolesa-team/go-webp",
    "github.com/libgit2/git2go",
    "github.com/linxGnu/grocksdb",
    "github.com/marcboeker/go-duckdb",
    "github.com/mattn/go-oci8",
    "github.com/mattn/go-sqlite3",
    "github.com/mutecomm/go-sqlcipher",
    "github.com/otiai10/gosseract",
    "github.com/pebbe/zmq4",
    "github.com/tecbot/gorocksdb",
    "github.com/tensorflow/tensorflow",
    "github.com/valyala/gozstd",
    "github.com/wamuir/graft",
    "github.com/wasmerio/wasmer-go",
    "github.com/xeodou/go-sqlcipher",
    "github.com/yalue/onnxruntime_go",
    "gocv.io/x/gocv",
    "gopkg.in/confluentinc/confluent-kafka-go",
    "gopkg.in/goracle.v2",
    "gopkg.in/gographics/imagick",
    "gopkg.in/libgit2/git2go",
    "gopkg.in/rana/ora",
    "gorm.io/driver/sqlite",
    "rogchap.com/v8go",
];

/// Whether an import needs cgo. A version in the path, `/v2` or `.v3`, makes no difference.
pub(in crate::program) fn needs_cgo(import: &str) -> bool {
    NEEDS_CGO.into_iter().any(|prefix| {
        import
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_versions_and_packages() {
        for (import, expected) in [
            ("github.com/mattn/go-sqlite3", true),
            ("github.com/confluentinc/confluent-kafka-go/v2/kafka", true),
            ("gopkg.in/gographics/imagick.v3/imagick", true),
            ("gorm.io/driver/sqlite", true),
            ("github.com/mattn/go-sqlite3x", false),
            ("github.com/google/gopacket", false),
            ("", false),
        ] {
            assert_eq!(needs_cgo(import), expected, "{import}");
        }
    }
}
