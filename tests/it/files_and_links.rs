//! Tests that names under which something else than a file lies lead nobody astray: devices, pipes and
//! symbolic links in an archive, and as the place of a result. No test touches a device of the system by
//! anything but reading; what would be replaced is made for the test.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use driftline::app::demo::server::Reply;

use crate::kit::{self, Bench};

fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Reads a pipe to its end, beside the test.
fn read_beside(pipe: &Path) -> std::thread::JoinHandle<Vec<u8>> {
    let pipe = pipe.to_owned();
    std::thread::spawn(move || fs::read(pipe).unwrap())
}

#[test]
fn devices_and_pipes_in_an_archive_are_skipped_and_named() {
    let bench = Bench::new(|_| kit::story_page(1));
    let root = bench.root();
    bench.write("a.md", "# T\n\n[see](target.txt.md#part) [other](http://one.test/1)\n");
    bench.write("sub/b.md", "# B\n");
    symlink("/dev/zero", root.join("zero.md")).unwrap();
    symlink("/dev/zero", root.join("target.txt.md")).unwrap();
    symlink("/dev/zero", root.join(".gitignore")).unwrap();
    make_pipe(&root.join("pipe.md"));
    make_pipe(&root.join(".ignore"));
    make_pipe(&root.join("sub/driftline.toml"));
    fs::File::create(root.join("huge.md")).unwrap().set_len(100 << 20).unwrap();
    let named = ["zero.md", "target.txt.md", ".gitignore", "pipe.md", ".ignore", "huge.md"];

    let links = bench.run(&["links", "."]).expect_code(0);
    for name in named {
        let line = links.stderr.lines().find(|line| line.contains(&format!("/{name}: skipped, since it is")));
        assert!(line.is_some(), "{name}: {}", links.stderr);
    }
    assert!(links.stderr.contains("the link to #part was not checked"), "{}", links.stderr);
    assert!(links.stdout.contains("http://one.test/1"), "{}", links.stdout);

    let report = bench.run(&["run", "."]);
    for name in named {
        assert!(report.stdout.contains(&format!("/{name}: skipped")), "{name}: {}", report.stdout);
    }
    let config = kit::call(&root, &["links", "sub"]).expect_code(0);
    assert!(config.stderr.contains("driftline.toml: skipped, since it is a pipe"), "{}", config.stderr);
}

#[test]
fn a_device_is_no_input_and_a_pipe_that_is_named_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let (device, pipe) = (dir.path().join("device.md"), dir.path().join("pipe.md"));
    symlink("/dev/zero", &device).unwrap();
    make_pipe(&pipe);
    fs::write(dir.path().join("a.md"), "# Title\n\nA sentence.\n").unwrap();
    for args in [["text", "device.md", "a.md"], ["diff", "a.md", "device.md"]] {
        let run = kit::call(dir.path(), &args);
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("device.md: it is a device, not a file"), "{}", run.stderr);
    }
    let to = pipe.clone();
    let writer = std::thread::spawn(move || fs::write(to, "# Title\n\nThrough a pipe.\n").unwrap());
    let run = kit::call(dir.path(), &["text", "pipe.md"]).expect_code(0);
    writer.join().unwrap();
    assert!(run.stdout.contains("Through a pipe."), "{}", run.stdout);
}

#[test]
fn results_go_through_pipes_and_links_which_stay() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    bench.write("a.md", "# T\n\n参考链接：[source](http://one.test/1)\n");
    let root = bench.root();
    let out = root.join("out");
    fs::create_dir_all(out.join("far")).unwrap();
    bench.run(&["run", "."]).expect_code(0);

    // Each command, the option that names its result, and the first bytes of the result.
    let results: [(&[&str], &str, &[u8]); 5] = [
        (&["export"], "--warc", b"\x1f\x8b"),
        (&["export"], "--wacz", b"PK"),
        (&["report"], "-o", b""),
        (&["diff", "a.md", "a.md"], "-o", b""),
        (&["show", "--raw", "http://one.test/1"], "-o", b"<!DOCTYPE html>"),
    ];
    for (command, option, start) in results {
        let run = |place: &str| bench.run(&[command, &[option, place]].concat()).expect_code(0);
        let pipe = out.join("pipe");
        make_pipe(&pipe);
        let reader = read_beside(&pipe);
        run("out/pipe");
        let through = reader.join().unwrap();
        assert!(!through.is_empty() && through.starts_with(start), "{command:?} {option}");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "{command:?}: the pipe is gone");
        fs::remove_file(&pipe).unwrap();

        let (link, target) = (out.join("link"), out.join("far/result"));
        symlink("far/result", &link).unwrap();
        fs::write(&target, "earlier").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        run("out/link");
        assert!(link.is_symlink(), "{command:?}: the link is gone");
        let written = fs::read(&target).unwrap();
        assert!(written != b"earlier" && written.starts_with(start), "{command:?}");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640, "{command:?}");
        assert_eq!(
            fs::read_dir(out.join("far")).unwrap().count(),
            1,
            "{command:?}: a temporary file is left"
        );
        fs::remove_file(&link).unwrap();
    }
}

#[test]
fn pages_of_the_manual_go_through_links() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("pages")).unwrap();
    symlink("../kept.1", dir.path().join("pages/driftline.1")).unwrap();
    kit::call(dir.path(), &["man", "--all", "pages"]).expect_code(0);
    assert!(dir.path().join("pages/driftline.1").is_symlink());
    assert!(fs::read_to_string(dir.path().join("kept.1")).unwrap().contains(".TH"));
}

/// A page with escape sequences in it, as ISO-2022-JP has at every change of its character set, with colours,
/// control characters and bytes that are no text.
fn unsafe_page() -> Vec<u8> {
    let story = kit::story(1, 12);
    let page = kit::page_html("第1号消息", &story.iter().map(String::as_str).collect::<Vec<_>>());
    let (before, after) = page.split_once("</main>").unwrap();
    let odd = b"\x1b$B?7J9\x1b(B \x1b[31mred\x1b[0m \x1b]0;title\x07 \x00\x01\x7f\xff\x9b";
    [before.as_bytes(), odd, after.as_bytes()].concat()
}

/// An archive whose only source is that page, and has been visited.
fn visited_unsafe_page() -> Bench {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::bytes(200, "text/html; charset=utf-8", unsafe_page()),
    });
    bench.write("a.md", "# T\n\n参考链接：[source](http://one.test/1)\n");
    bench.run(&["run", "."]).expect_code(0);
    bench
}

#[test]
fn a_stored_body_is_shown_byte_for_byte() {
    let bench = visited_unsafe_page();
    for color in ["auto", "always", "never"] {
        let args = ["show", "--raw", "--color", color, "http://one.test/1"];
        let shown = bench.command(&args).output().unwrap();
        assert!(shown.stdout == unsafe_page(), "{color}: {}", String::from_utf8_lossy(&shown.stderr));
        bench.run(&[args.as_slice(), &["-o", "body"]].concat()).expect_code(0);
        assert!(fs::read(bench.root().join("body")).unwrap() == unsafe_page(), "{color}");
    }
}

#[test]
fn a_terminal_gets_a_stored_body_without_control_characters() {
    let bench = visited_unsafe_page();
    // `script` runs a command on a terminal of its own.
    let program = bench.command(&["show", "--raw", "http://one.test/1"]);
    let words: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut terminal = std::process::Command::new("script");
    terminal.current_dir(bench.root()).args(["-qec", &words.join(" "), "terminal.log"]);
    terminal.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(shown) = terminal.stdin(std::process::Stdio::null()).output() else {
        println!("skipped: there is no `script` on this machine");
        return;
    };
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("red") && !shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown:?}");
}
