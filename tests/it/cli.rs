//! Tests the command line from outside: exit codes, messages, and which stream they go to.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder, without the settings of whoever runs the tests.
fn driftline(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DRIFTLINE_") {
            command.env_remove(name);
        }
    }
    command.env("XDG_STATE_HOME", crate::kit::state_home());
    command.current_dir(folder).env("NO_COLOR", "1").args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The message for a mistake, and the exit code.
fn mistake(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = driftline(folder, arguments);
    assert_eq!(stdout(&output), "", "a mistake is no result");
    (output.status.code(), stderr(&output))
}

#[test]
fn help_and_version_are_answers() {
    let folder = tempfile::tempdir().unwrap();
    let help = driftline(folder.path(), &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for command in [
        "init",
        "trust",
        "links",
        "run",
        "check",
        "diff",
        "text",
        "history",
        "show",
        "report",
        "export",
        "import",
        "store",
        "completions",
        "man",
    ] {
        assert!(stdout(&help).contains(&format!("\n  {command} ")), "{command} is not in --help");
        let own = driftline(folder.path(), &[command, "--help"]);
        assert_eq!(own.status.code(), Some(0), "{command} --help");
        assert!(stdout(&own).contains("--config"), "{command} does not take --config");
    }
    for arguments in [&["--version"][..], &["version"], &["run", "-V"]] {
        let version = driftline(folder.path(), arguments);
        assert_eq!(version.status.code(), Some(0), "{arguments:?}");
        assert_eq!(stdout(&version), format!("driftline {}\n", env!("CARGO_PKG_VERSION")));
    }
    let help = driftline(folder.path(), &["help", "run"]);
    assert_eq!(help.status.code(), Some(0));
    assert_eq!(stdout(&help), stdout(&driftline(folder.path(), &["run", "--help"])));
    assert!(stdout(&help).contains("Examples:\n"), "{}", stdout(&help));
}

#[test]
fn wrong_usage_is_3() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--nope"][..],
        &["frobnicate"],
        &[],
        &["run", "--format", "yaml"],
        &["run", "--max-time", "soon"],
        &["run", "--max-pages", "0"],
        &["run", "--max-bytes-per-host", "0"],
        &["run", "--max-time", "0s"],
        &["text"],
        &["completions", "tcsh"],
        &["run", "-v", "-q"],
    ] {
        let (code, text) = mistake(folder.path(), arguments);
        assert_eq!(code, Some(3), "{arguments:?}: {text}");
        assert!(!text.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_unknown_key_is_3_and_names_file_line_and_nearest() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("driftline.toml"), "[network]\n# a remark\ntimeuot = \"5s\"\n").unwrap();
    let (code, text) = mistake(folder.path(), &["run"]);
    assert_eq!(code, Some(3));
    assert!(text.starts_with("error: "), "{text}");
    assert!(text.contains("driftline.toml:3: unknown key `network.timeuot`"), "{text}");
    assert!(text.contains("hint: did you mean `network.timeout`?"), "{text}");
}

#[test]
fn a_wrong_value_is_3_wherever_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = mistake(folder.path(), &["check", "--set", "network.timeout=soon"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("--set network.timeout=soon") && text.contains("\"30s\""), "{text}");

    let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
    let output = command
        .current_dir(folder.path())
        .env("DRIFTLINE_NETWORK__RETRIES", "many")
        .arg("run")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("DRIFTLINE_NETWORK__RETRIES"), "{}", stderr(&output));
}

#[test]
fn a_missing_configuration_is_3_and_a_missing_folder_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = mistake(folder.path(), &["links", "--config", "none.toml"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("none.toml") && text.contains("hint:"), "{text}");
    for command in ["links", "run", "check"] {
        let (code, text) = mistake(folder.path(), &[command, "no-such-folder"]);
        assert_eq!(code, Some(1), "{command}: {text}");
        assert!(text.contains("no-such-folder") && text.contains("hint:"), "{command}: {text}");
    }
}

#[test]
fn without_a_store_there_is_nothing_to_show() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["report"][..], &["history", "https://a.example/"], &["show", "https://a.example/"]] {
        let (code, text) = mistake(folder.path(), arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {text}");
        assert!(text.contains(".driftline") && text.contains("hint:"), "{arguments:?}: {text}");
        assert!(!folder.path().join(".driftline").exists(), "{arguments:?} made a store");
    }
}

#[test]
fn init_writes_a_file_once_and_the_file_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let first = driftline(folder.path(), &["init"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let path = folder.path().join("driftline.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("\n#timeout = \"30s\"\n"), "{written}");

    fs::write(&path, "# mine\n").unwrap();
    let (code, text) = mistake(folder.path(), &["init"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("driftline.toml already exists"), "{text}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");

    fs::write(&path, &written).unwrap();
    let links = driftline(folder.path(), &["links"]);
    assert_eq!(links.status.code(), Some(0), "{}", stderr(&links));
}

#[test]
fn the_toml_samples_of_the_documents_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents: Vec<_> =
        fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.push(root.join("README.md"));
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut count = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for sample in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("driftline.toml"), sample).unwrap();
            fs::write(folder.path().join("a.md"), "# Title\n\nText.\n").unwrap();
            // An article without links: every setting and rule is read, and no request is made.
            let output = driftline(folder.path(), &["run"]);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{}\n{sample}\n{}",
                document.display(),
                stderr(&output)
            );
            count += 1;
        }
    }
    assert!(count >= 2, "{count} samples");
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = driftline(folder.path(), &["man", "run"]);
    assert_eq!(page.status.code(), Some(0), "{}", stderr(&page));
    assert!(stdout(&page).contains(".TH driftline-run 1"), "{}", stdout(&page));
    let version = concat!("driftline ", env!("CARGO_PKG_VERSION"));
    assert!(stdout(&page).contains(&format!("\"{version}\"")), "{}", stdout(&page));
    for usage in ["\\fB\\-\\-max\\-pages\\fR \\fIN\\fR", "[\\fIPATH\\fR]..."] {
        assert!(stdout(&page).contains(usage), "{usage}: {}", stdout(&page));
    }
    let all = driftline(folder.path(), &["man", "--all", "pages"]);
    assert_eq!(all.status.code(), Some(0), "{}", stderr(&all));
    assert_eq!(fs::read_to_string(folder.path().join("pages/driftline-run.1")).unwrap(), stdout(&page));
    let (code, text) = mistake(folder.path(), &["man", "rnu"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("\"rnu\""), "{text}");
    // groff reports what it does not understand; where it is missing, only the text is checked.
    for entry in fs::read_dir(folder.path().join("pages")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(checked) = Command::new("groff").args(["-man", "-ww", "-z", "-Tutf8"]).arg(&path).output()
        else {
            println!("skipped: groff is not installed");
            return;
        };
        assert_eq!(String::from_utf8_lossy(&checked.stderr), "", "{}", path.display());
    }
}

#[test]
fn init_can_write_the_contact() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = mistake(folder.path(), &["init", "--contact", "nobody"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("is not a contact such as"), "{text}");
    let silent = driftline(folder.path(), &["init", "--config", "foo.toml"]);
    assert!(stdout(&silent).starts_with("Wrote foo.toml, "), "{}", stdout(&silent));
    assert!(stdout(&silent).contains("No contact is set"), "{}", stdout(&silent));
    assert!(folder.path().join("foo.toml").exists() && !folder.path().join("driftline.toml").exists());
    let output = driftline(folder.path(), &["init", "--contact", "archive@example.org"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("driftline.toml")).unwrap();
    assert!(written.contains("\ncontact = \"archive@example.org\"\n"), "{written}");
}

#[test]
fn a_wrong_rule_is_3_and_names_its_table() {
    for (file, table) in [
        ("[rules.article.repost]\nmarkrs = []\n", "rules.article"),
        ("[rules.citation.source]\nheads = 3\n", "rules.citation"),
        ("[[rules.verdict.wall]]\nnaem = \"x\"\n", "rules.verdict"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("driftline.toml"), file).unwrap();
        fs::write(folder.path().join("a.md"), "# Title\n\nText.\n").unwrap();
        let (code, text) = mistake(folder.path(), &["run"]);
        assert_eq!(code, Some(3), "{file}: {text}");
        assert!(text.contains(table), "{file}: {text}");
    }
}

#[test]
fn results_go_to_the_file_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = driftline(folder.path(), &["man", "-o", "driftline.1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let page = fs::read_to_string(folder.path().join("driftline.1")).unwrap();
    assert!(page.contains(".SH \"DRIFTLINE RUN\""), "{page}");
    assert!(page.contains("max\\-pages"), "{page}");

    let (code, text) = mistake(folder.path(), &["man", "-o", "no/driftline.1"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("no/driftline.1"), "{text}");
}

#[test]
fn a_file_without_text_is_an_error_and_the_others_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), "# Title\n\nText.\n").unwrap();
    let (code, text) = mistake(folder.path(), &["text", "nosuch.html"]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("error: cannot read nosuch.html"), "{text}");
    let output = driftline(folder.path(), &["text", "nosuch.html", "a.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "a.md\n  title: Title\n\nText.\n\n");
}

#[test]
fn completions_know_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = driftline(folder.path(), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("max-pages"), "{shell}");
    }
}

#[test]
fn a_broken_configuration_does_not_hinder_what_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("driftline.toml"), "broken").unwrap();
    assert_eq!(driftline(folder.path(), &["completions", "bash"]).status.code(), Some(0));
    assert_eq!(driftline(folder.path(), &["man"]).status.code(), Some(0));
    let (code, text) = mistake(folder.path(), &["links"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("driftline.toml:1: invalid TOML"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .current_dir(folder.path())
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe is closed at once, as `| head -c 0` does.
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
