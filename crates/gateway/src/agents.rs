//! What a bot reads of files, by what its gRPC library calls itself.
//!
//! A file in an answer is either inside it, as base64, or named by a uuid, by which the client downloads it. Every client reads
//! the former; the latter came to the protocol in 2021, and SDKs that are older, or were never finished, fail at it.
//!
//! | `user-agent` | whose it is | a uuid |
//! |---|---|---|
//! | `grpc-node-js/…` | TypeScript | downloads it |
//! | `grpc-go/…` | Go | downloads it |
//! | `grpc-python-grpclib/…` | Python | knows none |
//! | `grpc-java-netty/…`, `grpc-java-okhttp/…` | Java, Scala | knows none |
//! | `grpc-php/…` | PHP | knows none |
//! | `grpc-dotnet/…`, before it `grpc-csharp/…` | .NET | knows none |
//! | anything else, `tonic/…` too | a program of somebody's own (the Rust SDK reads no files at all) | is taken to download it |

/// Libraries whose SDKs know no uuid; `grpc-java` names itself with its transport behind it.
const KNOW_NO_UUID: [&str; 6] =
    ["grpc-python-grpclib", "grpclib", "grpc-java", "grpc-php", "grpc-dotnet", "grpc-csharp"];

/// Whether the client behind a `user-agent` knows no uuid, so that files must be inside answers.
pub(crate) fn knows_no_uuid(agent: &str) -> bool {
    // A program may put its own name before the library's, and libraries put that of what they are built on behind theirs.
    agent.split_ascii_whitespace().any(|product| {
        let name = product.split('/').next().unwrap_or(product);
        KNOW_NO_UUID.iter().any(|known| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_is_given_files_as_it_reads_them() {
        for inside in [
            "grpc-python-grpclib/0.4.7 (linux; cpython/3.11.2)",
            "Python/3 grpclib/0.4",
            "grpc-java-netty/1.30.2",
            "grpc-java-okhttp/1.64.0",
            "grpc-php/1.42.0 grpc-c/20.0.0 (linux; chttp2)",
            "grpc-dotnet/2.44.0 (.NET 6.0.4; CLR 6.0.4; net6.0; linux; x64)",
            "grpc-csharp/2.41.1 (.NET Core 3.1.9) grpc-c/19.1.0 (linux; chttp2)",
            "my-bot/1.2 grpc-java-netty/1.64.0",
        ] {
            assert!(knows_no_uuid(inside), "{inside}");
        }
        for by_uuid in [
            "grpc-node-js/1.8.4",
            "grpc-go/1.45.0",
            "",
            "tonic/0.4.3",
            "my-bot/1.2 tonic/0.12.3",
            "my-grpc-java-bot/1 grpc-node-js/1.9.0",
            "grpc-python/1.60.0 grpc-c/37.0.0 (linux; chttp2)",
            "grpc-javascript/1",
        ] {
            assert!(!knows_no_uuid(by_uuid), "{by_uuid}");
        }
    }
}
