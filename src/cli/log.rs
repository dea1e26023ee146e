//! Where log lines go: readable on a terminal, fields to journald under systemd, JSON when asked for.

use crate::cli::log_lines::{Flush, Form, Lines};
use crate::config::{Environment, Log, LogFormat, LogLevel};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::Registry, util::SubscriberInitExt};

/// Starts logging; a second call changes nothing. What is logged last is written when the
/// answer is dropped.
pub(super) fn start(log: Log, environment: &Environment) -> Flush {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let journal = || tracing_journald::layer().ok().map(Layer::boxed);
    let under_systemd = environment.variable("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal();
    let mut flush = Flush::nothing();
    let mut lines = |form| {
        let lines = Lines::start(form);
        flush = lines.flush();
        lines
    };
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(lines(Form::Json)).boxed(),
        LogFormat::Journald => journal().unwrap_or_else(|| text(lines(Form::Text))),
        LogFormat::Auto if under_systemd => journal().unwrap_or_else(|| text(lines(Form::Text))),
        LogFormat::Auto | LogFormat::Text => text(lines(Form::Text)),
    };
    // Only ours: libraries tell of what they do below `warn` only to those who debug them.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("feedmill", level)
        .with_default(level.min(LevelFilter::WARN));
    // Tests and `build` may have started it before.
    let _ = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
    flush
}

fn text(lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt::layer().with_writer(lines).with_ansi(colours).with_target(false).boxed()
}
