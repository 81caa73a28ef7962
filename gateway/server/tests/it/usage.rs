//! What a wrong command line gets.

use crate::running::Folder;

#[test]
fn wrong_usage_is_code_2_and_one_line() {
    let folder = Folder::new();
    for (arguments, word) in [
        (&["serv"][..], "serve"),
        (&["serve", "--confg", "x"], "--config"),
        (&["standin", "nobody"], "spreekuur"),
        (&["deliveries", "list", "--state", "lost"], "superseded"),
        (&["deliveries", "list", "--resource", "Nothing/1"], "Type/id"),
        (&["deliveries", "replay"], "--link"),
        (&["tenant", "add", "De Linde", "--agb", "01000001", "--name", "x"], "a-z"),
        (&["client", "add", "x", "--agb", "1"], "8 digits"),
        (&["client", "add", "x", "--agb", "01000001", "--scope", "everything"], "scope"),
        (&["client", "add", "a:b", "--agb", "01000001"], "client id"),
        (&["validate"], "FILE"),
        (&["validate", "nowhere.json"], "nowhere.json"),
        (&["check", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["serve", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["demo", "--listen", "0.0.0.0:0"], "loopback"),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(word), "{arguments:?}: {ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{arguments:?}: {ran:?}");
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_code_0() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in
        ["demo", "serve", "check", "migrate", "standin", "validate", "map", "tenant", "client", "deliveries"]
    {
        assert!(help.out.contains(command), "{command} is not in the help");
    }
    assert_eq!(folder.run(&["--version"]).out.trim(), concat!("zorgtolk ", env!("CARGO_PKG_VERSION")));
    assert_eq!(folder.run::<&str>(&[]).code, Some(2));
}
