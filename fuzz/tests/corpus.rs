// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Plays what fuzzing starts from, what it has found interesting, and what has found something.

use std::path::Path;

fn play_folder(folder: &str, name: &str, play: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    files
        .map(|file| {
            let path = file.expect("a file").path();
            println!("{}", path.display());
            play(&std::fs::read(path).expect("a case"));
        })
        .count()
}

#[test]
fn what_is_kept_passes() {
    for &(name, play) in qlocal_fuzz::TARGETS {
        let seeds = play_folder("corpus", name, play);
        play_folder("found", name, play);
        assert!(seeds > 0, "{name} has nothing to start from");
    }
}

#[test]
fn no_bytes_are_a_case_too() {
    for (_, play) in qlocal_fuzz::TARGETS {
        play(&[]);
    }
}
