//! Tests of the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clap::CommandFactory;

use std::path::PathBuf;

use clap::Parser;

use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn paths_default_to_the_current_folder() {
    let cli = Cli::try_parse_from(["driftline", "run"]).unwrap();
    let Command::Run(args) = cli.command else { panic!("not run: {:?}", cli.command) };
    assert_eq!(args.paths, [PathBuf::from(".")]);
}

#[test]
fn global_options_stand_before_and_after_the_command() {
    for line in [
        ["driftline", "--set", "network.timeout=5s", "check", "a"],
        ["driftline", "check", "a", "--set", "network.timeout=5s"],
    ] {
        let cli = Cli::try_parse_from(line).unwrap();
        assert_eq!(cli.global.set, ["network.timeout=5s"]);
    }
}

#[test]
fn two_files_take_no_points_in_time() {
    assert!(Cli::try_parse_from(["driftline", "diff", "a.md", "b.md"]).is_ok());
    assert!(Cli::try_parse_from(["driftline", "diff", "a.md", "b.md", "--from", "first"]).is_err());
}

#[test]
fn one_part_of_a_snapshot_is_shown_at_a_time() {
    assert!(Cli::try_parse_from(["driftline", "show", "https://a.example/", "--raw"]).is_ok());
    assert!(Cli::try_parse_from(["driftline", "show", "https://a.example/", "--raw", "--text"]).is_err());
}

#[test]
fn every_command_has_two_examples_and_an_imperative_summary() {
    let program = Cli::command();
    for command in program.get_subcommands() {
        let name = command.get_name();
        let about = command.get_about().unwrap().to_string();
        let verb = about.split_whitespace().next().unwrap();
        assert!(!verb.ends_with('s') && verb.starts_with(char::is_uppercase), "{name}: {about}");
        let help =
            command.get_after_long_help().unwrap_or_else(|| panic!("{name} has no examples")).to_string();
        assert!(help.matches("\n  driftline ").count() >= 2, "{name}: {help}");
    }
}

#[test]
fn the_examples_are_valid_command_lines() {
    let program = Cli::command();
    let texts = program.get_subcommands().chain([&program]).filter_map(clap::Command::get_after_long_help);
    let mut tried = 0;
    for text in texts {
        for line in text.to_string().lines().filter_map(|line| line.strip_prefix("  driftline ")) {
            let line = line.split(['|', '>']).next().unwrap().replace(['\'', '"'], "");
            let words = std::iter::once("driftline").chain(line.split_whitespace());
            let parsed = Cli::try_parse_from(words);
            let is_version = parsed.as_ref().is_err_and(|error| error.exit_code() == 0);
            assert!(parsed.is_ok() || is_version, "{line}: {parsed:?}");
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} examples");
}

#[test]
fn the_short_help_has_one_line_for_each_global_option() {
    let help = Cli::command().render_help().to_string();
    let options: Vec<&str> = help.lines().skip_while(|line| *line != "Global options:").collect();
    assert!(options.iter().all(|line| line.len() < 100), "{help}");
    assert!(options.len() < 14, "{help}");
}

#[test]
fn the_sample_of_a_verification_is_a_percentage() {
    let parse = |arguments: &[&str]| {
        let line = ["driftline", "store", "verify"].iter().chain(arguments);
        Cli::try_parse_from(line).map(|cli| match cli.command {
            Command::Store(StoreArgs { action: StoreAction::Verify { sample, seed, since_last, .. } }) => {
                (sample, seed, since_last)
            }
            other => panic!("not verify: {other:?}"),
        })
    };
    assert_eq!(parse(&["--sample", "5%"]).unwrap(), (Some(50_000), None, false));
    assert_eq!(
        parse(&["--sample", "0.5", "--seed", "7", "--since-last"]).unwrap(),
        (Some(5_000), Some(7), true)
    );
    assert_eq!(parse(&["--sample", "100%"]).unwrap(), (Some(1_000_000), None, false));
    for wrong in [
        &["--sample", "0"][..],
        &["--sample", "101%"],
        &["--sample", "NaN"],
        &["--sample", "some"],
        &["--seed", "7"],
        &["--repair", "--since-last"],
        &["--repair", "--sample", "5%"],
    ] {
        assert!(parse(wrong).is_err(), "{wrong:?}");
    }
}
