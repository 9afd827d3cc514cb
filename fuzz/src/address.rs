// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names: for any input, the address is usable, or an error says why there is none.

use qlocal_core::{Address, Listener, Namespace};

pub fn play(bytes: &[u8]) {
    let (folder, name) = match bytes.split_first() {
        Some((&length, rest)) => rest.split_at(usize::from(length).min(rest.len())),
        None => return,
    };
    for namespace in [Namespace::Abstract, Namespace::Files { folder }] {
        let expanded = Address::expand(name, namespace);
        assert_eq!(expanded.path().is_some(), namespace != Namespace::Abstract);
        let Ok(address) = Address::resolve(name, namespace) else { continue };
        assert_eq!(address, expanded);
        assert!(!name.is_empty() && address.full_name().len() <= 106);
        assert!(address.full_name().ends_with(address.short_name()));
        if let Some(path) = address.path() {
            assert!(!path.contains(&0) && !address.short_name().contains(&b'/'));
        }
    }
    // The kernel accepts the address, and returns the same.
    let mine = [format!("qlocal-fuzz-{}-", std::process::id()).as_bytes(), name].concat();
    if let Ok(address) = Address::resolve(&mine, Namespace::Abstract) {
        let listener = Listener::bind(address.clone(), None, 1).expect("the name is free");
        let again = std::os::fd::AsFd::as_fd(&listener).try_clone_to_owned().expect("a descriptor");
        let adopted = Listener::adopt(again, 1).expect("it listens");
        assert_eq!(adopted.address(), &address);
    }
}
