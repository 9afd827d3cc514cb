// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Replays the seeds of fuzzing, its interesting cases, and its findings.

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

fn plays_stored_cases(name: &str) {
    let &(_, play) = qlocal_fuzz::TARGETS.iter().find(|(known, _)| *known == name).expect(name);
    play(&[]);
    let seeds = play_folder("corpus", name, play);
    play_folder("found", name, play);
    assert!(seeds > 0, "{name} has nothing to start from");
}

#[test]
fn addresses_corpus_passes() {
    plays_stored_cases("address");
}

#[test]
fn machine_corpus_passes() {
    plays_stored_cases("connection");
}

#[test]
fn framing_corpus_passes() {
    plays_stored_cases("framing");
}

#[test]
fn input_buffer_corpus_passes() {
    plays_stored_cases("input_buffer");
}

#[test]
fn output_queue_corpus_passes() {
    plays_stored_cases("output_queue");
}

#[test]
fn streams_corpus_passes() {
    plays_stored_cases("stream");
}
