use crate::project;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};

/// The commands of a page's shell blocks, in their order.
pub fn commands(page: &str) -> String {
    let page = fs::read_to_string(project(page)).expect("the page can be read");
    page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default()).collect()
}

/// For a program that is told where to listen.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    listener.local_addr().expect("it listens").port()
}
