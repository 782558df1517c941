//! Credentials leave no trace, and no name from outside fakes a line.

use std::io::Read as _;
use std::path::Path;

use crate::kit::{self, Bench, Finished};

const SECRET: &str = "s3cr3t-w0rd";

/// Whether a file below a folder holds the text, plain or in gzip members.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let Ok(bytes) = std::fs::read(&path) else { return false };
        let mut unpacked = Vec::new();
        // What is no gzip file, or ends early, yields what it has.
        let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut unpacked);
        [bytes, unpacked].iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    })
}

#[test]
fn credentials_in_links_are_masked_wherever_they_could_appear() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/a/1" | "/b" => kit::page("题目", &["第一段说了一些事情。", &"第二段说了另一些事情。".repeat(12)]),
        _ => kit::Reply::status(404),
    });
    let url = format!("http://user:{SECRET}@one.test/a/1");
    let text = ["第一段说了一些事情。", "第三段是新的。"];
    bench.repost("a/1.md", &url, "题目", &text);
    let more = format!(
        "# 二\n\n正文 <{url}>。\n\n参考链接：[https//user:{SECRET}@two.test/b](https//user:{SECRET}@two.test/b) \
         [文件](ftp://user:{SECRET}@three.test/c)\n"
    );
    bench.write("a/2.md", &more);
    let runs: &[&[&str]] = &[
        &["links"],
        &["links", "--format", "json"],
        &["links", "--format", "jsonl"],
        &["run", "-vvv"],
        &["run", "--format", "jsonl", "--fresh"],
        &["report", "--format", "json"],
        &["history", "a/1.md", "-v"],
        &["history", &url, "--format", "json"],
        &["show", &url],
        &["show", &url, "--headers"],
        &["diff", "a/1.md"],
        &["diff", "a/1.md", "--format", "json"],
        &["diff", "a/1.md", "--format", "html"],
        &["store", "verify"],
        &["store", "stats"],
        &["export", "--warc", "out.warc.gz"],
        &["export", "--wacz", "out.wacz"],
    ];
    for args in runs {
        let call = bench.run(args);
        assert!(matches!(call.code, Some(0 | 2)), "{args:?}: {}", call.stderr);
        assert!(!call.stdout.contains(SECRET), "{args:?}:\n{}", call.stdout);
        assert!(!call.stderr.contains(SECRET), "{args:?}:\n{}", call.stderr);
    }
    let links = bench.run(&["links", "--format", "jsonl"]).stdout;
    for shown in ["http://***@one.test/a/1", "https//***@two.test/b", "ftp://***@three.test/c"] {
        assert!(links.contains(shown), "{shown} in {links}");
    }
    assert_eq!(bench.asked("one.test"), ["/a/1", "/a/1"]);
    let archive = bench.root();
    assert!(holds(&archive.join("a"), SECRET), "the search finds what is there");
    assert!(!holds(&archive.join(".driftline"), SECRET));
    for name in ["out.warc.gz", "out.wacz"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::rename(archive.join(name), folder.path().join(name)).unwrap();
        assert!(!holds(folder.path(), SECRET), "{name}");
    }
}

#[test]
fn credentials_in_redirects_and_behind_no_scheme_are_masked() {
    let bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        // No URL: the port is no number.
        ("one.test", "/a") => {
            kit::Reply::status(302).with_header("Location", &format!("//user:{SECRET}@h:port/x"))
        }
        ("one.test", "/b") => {
            kit::Reply::status(301).with_header("Location", &format!("//user:{SECRET}@two.test/c"))
        }
        ("two.test", "/c") => kit::story_page(1),
        _ => kit::Reply::status(404),
    });
    let text = format!(
        "# 题目\n\n正文。\n\n参考链接：[一](http://one.test/a) [二](http://one.test/b) \
         [三](//user:{SECRET}@two.test/c) [四](//user:{SECRET}@h)\n"
    );
    bench.write("a/1.md", &text);
    let runs: &[&[&str]] = &[
        &["links", "--format", "json"],
        &["run", "-vvv"],
        &["report", "--format", "json"],
        &["report", "--format", "jsonl"],
        &["history", "http://one.test/a", "-v"],
        &["history", "http://one.test/a", "--format", "json"],
        &["show", "http://one.test/b", "--headers"],
        &["export", "--warc", "out.warc.gz"],
    ];
    for args in runs {
        let call = bench.run(args);
        assert!(matches!(call.code, Some(0 | 2)), "{args:?}: {}", call.stderr);
        assert!(!call.stdout.contains(SECRET), "{args:?}:\n{}", call.stdout);
        assert!(!call.stderr.contains(SECRET), "{args:?}:\n{}", call.stderr);
    }
    let report = bench.run(&["report", "--format", "jsonl"]).report();
    let failed = report.link("a/1.md", "http://one.test/a").evidence.join(" ");
    assert!(failed.contains("//***@h:port/x"), "{failed}");
    assert_eq!(report.link("a/1.md", "http://one.test/b").final_url.as_deref(), Some("http://two.test/c"));
    let links = bench.run(&["links", "--format", "jsonl"]).stdout;
    assert!(links.contains("https://***@two.test/c") && !links.contains("\"local\""), "{links}");
    let archive = bench.root();
    assert!(!holds(&archive.join(".driftline"), SECRET));
    assert!(holds(&archive.join(".driftline"), "//***@h:port/x"), "the answer itself is kept");
    let folder = tempfile::tempdir().unwrap();
    std::fs::rename(archive.join("out.warc.gz"), folder.path().join("out.warc.gz")).unwrap();
    assert!(!holds(folder.path(), SECRET));
}

#[test]
fn a_url_within_another_one_is_part_of_the_address_and_masked_for_people() {
    let bench = Bench::new(|_| kit::Reply::status(404));
    let url = format!("https://one.test/?u=https://user:{SECRET}@two.test/");
    bench.write("a/1.md", &format!("# 题目\n\n正文。\n\n参考链接：[一]({url})\n"));
    let text = bench.run(&["links"]).stdout;
    assert!(text.contains("https://one.test/?u=https://***@two.test/") && !text.contains(SECRET), "{text}");
    assert!(bench.run(&["links", "--format", "jsonl"]).stdout.contains(&url));
    bench.run(&["run"]);
    assert!(
        bench.asked("one.test").iter().any(|path| path.contains(SECRET)),
        "{:?}",
        bench.asked("one.test")
    );
}

#[test]
fn the_password_of_a_proxy_is_not_logged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), "# 题目\n\n正文。\n\n参考链接：[来源](http://one.test/x)\n")
        .unwrap();
    // Nobody listens there, and the proxy would resolve the names.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = format!("network.proxy=http://me:{SECRET}@127.0.0.1:{port}");
    let mut command = kit::program(folder.path());
    command.args(["check", "--set", &proxy, "--set", "network.retries=0"]).env("DRIFTLINE_LOG", "trace");
    let run = Finished::of(command);
    let encoded = data_encoding::BASE64.encode(format!("me:{SECRET}").as_bytes());
    assert!(
        run.stderr.contains("DEBUG") && run.stderr.contains(&format!("127.0.0.1:{port}")),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(SECRET) && !run.stderr.contains(&encoded), "{}", run.stderr);
    for wrong in [format!("me:{SECRET}@127.0.0.1:1"), format!("socks5://me:{SECRET}@127.0.0.1:1")] {
        let call = kit::call(folder.path(), &["check", "--set", &format!("network.proxy={wrong}")]);
        let said = call.expect_code(3).stderr;
        assert!(said.contains("is not http://HOST:PORT") && !said.contains(SECRET), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_fakes_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a\nERROR all is lost\u{1b}[31m\u{202e}.md";
    std::fs::write(folder.path().join(name), b"\xff\xfe broken").unwrap();
    std::fs::write(folder.path().join("b.md"), "# 题目\n\n正文。\n").unwrap();
    for args in [
        &["links"][..],
        &["run", "-vv"],
        &["run", "--format", "json"],
        &["text", name],
        &["diff", name, "b.md"],
    ] {
        let call = kit::call(folder.path(), args);
        assert!(format!("{}{}", call.stdout, call.stderr).contains("all is lost"), "{args:?}: {call:?}");
        for said in [&call.stdout, &call.stderr] {
            assert!(!said.contains("\nERROR all is lost") && !said.contains('\u{1b}'), "{args:?}: {said:?}");
            assert!(!said.contains('\u{202e}'), "{args:?}: {said:?}");
        }
    }
}
