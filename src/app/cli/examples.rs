//! The examples that the long help of each command and its manual page show.
//!
//! A remark begins with `# `, the command line below it with `driftline` or `$`-free shell text.

/// For the program as a whole.
pub const PROGRAM: &str = "\
Examples:
  # See everything at once, offline
  driftline demo

  # Crawl the archive in this folder and report
  driftline run

  # See what exactly changed in one article
  driftline diff content/gnews/1002.md

Exit codes:
  0    nothing needs attention
  1    could not do its job
  2    findings that the setting report.fail_on names
  3    wrong usage or configuration
  130  interrupted";

/// For `init`.
pub const INIT: &str = "\
Examples:
  # Write driftline.toml into this folder
  driftline init

  # Write it into the archive, with an address for the operators of crawled hosts
  driftline init --contact archive@example.org content/";

/// For `trust`.
pub const TRUST: &str = "\
Examples:
  # Allow what the driftline.toml in this folder sets, after reading it
  driftline trust --dry-run
  driftline trust

  # See what is trusted, and take it back for one archive
  driftline trust --list
  driftline trust --remove content/";

/// For `links`.
pub const LINKS: &str = "\
Examples:
  # List the links of the archive in this folder
  driftline links

  # Count them by role
  driftline links --format jsonl content/ | jq -r .role | sort | uniq -c";

/// For `run`.
pub const RUN: &str = "\
Examples:
  # Crawl what the archive in this folder links to
  driftline run

  # Spend at most half an hour, and leave the rest for the next run
  driftline run --max-time 30m content/

  # Write the report as JSON lines
  driftline run --format jsonl -o report.jsonl content/";

/// For `check`.
pub const CHECK: &str = "\
Examples:
  # Check every link of one folder
  driftline check content/gnews/

  # Let a script fail on any dead link
  driftline check --set 'report.fail_on=[\"dead\"]' content/";

/// For `diff`.
pub const DIFF: &str = "\
Examples:
  # Compare an article with the newest snapshot of its original
  driftline diff content/gnews/1002.md

  # Show what changed on a page since it was first seen, as an HTML page
  driftline diff --from first --to latest --format html -o diff.html https://example.org/news

  # Compare two files
  driftline diff saved-page.html article.md";

/// For `text`.
pub const TEXT: &str = "\
Examples:
  # Print the main text of a saved page
  driftline text page.html

  # Print the text of several files as JSON lines
  driftline text --format jsonl pages/*.html";

/// For `history`.
pub const HISTORY: &str = "\
Examples:
  # List the visits of every link of an article
  driftline history content/gnews/1002.md

  # List the visits of one URL, with the ids of its snapshots
  driftline history -v https://example.org/news";

/// For `show`.
pub const SHOW: &str = "\
Examples:
  # Show the text of the newest snapshot
  driftline show https://example.org/news

  # Write the page as it was at the end of a day
  driftline show --raw --at 2026-01-31 -o page.html https://example.org/news";

/// For `report`.
pub const REPORT: &str = "\
Examples:
  # Show the last report again
  driftline report

  # List the URLs that are dead
  driftline report --format jsonl | jq -r 'select(.verdict == \"dead\").url'";

/// For `export`.
pub const EXPORT: &str = "\
Examples:
  # Write every snapshot to a WARC file
  driftline export --warc all.warc.gz

  # Write what one host answered last year to a WACZ file
  driftline export --wacz year.wacz --host example.org --from 2025-01-01 --to 2025-12-31";

/// For `import`.
pub const IMPORT: &str = "\
Examples:
  # Read what wget kept
  driftline import crawl.warc.gz

  # Read packages, and a folder of files, into another store
  driftline import --store /srv/store collection.wacz crawls/

  # Read what another program unpacks
  xzcat crawl.warc.xz | driftline import -";

/// For `store`.
pub const STORE: &str = "\
Examples:
  # Read everything and check every hash
  driftline store verify

  # In little time: what is new since the last one, and a twentieth of the rest
  driftline store verify --since-last --sample 5%

  # See which snapshots a rule would remove, and then remove them
  driftline store prune --keep first,changed,365d
  driftline store prune --keep first,changed,365d --apply";

/// For `demo`.
#[cfg(feature = "demo")]
pub const DEMO: &str = "\
Examples:
  # See a report of two runs, with what changed in between
  driftline demo

  # See the same report as JSON lines
  driftline demo --format jsonl";

/// For `completions`.
pub const COMPLETIONS: &str = "\
Examples:
  # Complete commands in bash
  driftline completions bash > ~/.local/share/bash-completion/completions/driftline

  # Complete commands in fish
  driftline completions fish > ~/.config/fish/completions/driftline.fish";

/// For `man`.
pub const MAN: &str = "\
Examples:
  # Read the page of a command
  driftline man run | man -l -

  # Install all pages
  driftline man --all ~/.local/share/man/man1";

/// For `version`.
pub const VERSION: &str = "\
Examples:
  # Print name and version
  driftline version

  # The same
  driftline --version";
