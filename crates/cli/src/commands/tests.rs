//! What `--help` says, on narrow and on wide terminals.

use clap::CommandFactory as _;

use super::{Cli, WIDEST};
use crate::text::tests::visible;

/// What each command's help is on a terminal of so many columns.
fn help(columns: usize, colour: bool) -> String {
    // Whatever the environment of the tests holds.
    let mut program = Cli::command()
        .term_width(columns.min(WIDEST))
        .mut_subcommands(|it| it.mut_args(|it| it.hide_env_values(true)));
    program.build();
    let names: Vec<String> = program.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let mut pages = vec![page(&mut program, colour)];
    pages.extend(names.iter().filter(|name| *name != "help").map(|name| {
        let command = program.find_subcommand_mut(name).expect("it was just named");
        format!("──── {name}\n{}", page(command, colour))
    }));
    pages.join("\n")
}

fn page(command: &mut clap::Command, colour: bool) -> String {
    let help = command.render_long_help();
    if colour { visible(&help.ansi().to_string()) } else { help.to_string() }
}

#[test]
fn help_fits_into_80_columns() {
    let help = help(80, false);
    assert_eq!(help.lines().find(|line| line.chars().count() > 80), None);
    insta::assert_snapshot!("help_80", help);
}

#[test]
fn help_on_120_columns_is_no_wider_than_anybody_reads() {
    let help = help(120, false);
    assert_eq!(help.lines().find(|line| line.chars().count() > WIDEST), None);
    insta::assert_snapshot!("help_120", help);
}

#[test]
fn help_in_colours_is_the_same_text() {
    let coloured = help(80, true);
    assert!(coloured.contains("⟨1m⟩"), "headings are bold: {coloured}");
    let plain: String =
        coloured.split('⟨').map(|it| it.split_once('⟩').map_or(it, |(_, rest)| rest)).collect();
    assert_eq!(plain, help(80, false));
}
