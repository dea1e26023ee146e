//! Where log lines go: readable on a terminal, fields to journald under systemd, else JSON.

use crate::cli::log_lines::{Flush, Form, Lines};
use crate::config::{Environment, Log, LogFormat, LogLevel};
use std::{io::IsTerminal, sync::OnceLock};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::Registry, reload, util::SubscriberInitExt};

/// What is written, as long as the process lives.
static FILTER: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// Starts logging; a second call changes nothing. What is logged last is written when the
/// answer is dropped.
pub(super) fn start(log: Log, environment: &Environment) -> Flush {
    let journal = || tracing_journald::layer().ok().map(Layer::boxed);
    let terminal = std::io::stderr().is_terminal();
    let under_systemd = environment.variable("JOURNAL_STREAM").is_some();
    let mut flush = Flush::nothing();
    let mut lines = |form| {
        let lines = Lines::start(form);
        flush = lines.flush();
        lines
    };
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => text(lines(Form::Text)),
        LogFormat::Auto if terminal => text(lines(Form::Text)),
        LogFormat::Journald => journal().unwrap_or_else(|| text(lines(Form::Text))),
        LogFormat::Auto if under_systemd => journal().unwrap_or_else(|| json(lines(Form::Json))),
        LogFormat::Json | LogFormat::Auto => json(lines(Form::Json)),
    };
    let (filter, handle) = reload::Layer::new(of(log.level));
    // Tests and `build` may have started it before.
    if tracing_subscriber::registry().with(layer.with_filter(filter)).try_init().is_ok() {
        let _ = FILTER.set(handle);
    }
    flush
}

/// The least important line that is written from now on.
pub(super) fn set_level(level: LogLevel) {
    if let Some(filter) = FILTER.get() {
        // It is gone only with the log itself.
        let _ = filter.reload(of(level));
    }
}

/// Only ours: libraries tell of what they do below `warn` only to those who debug them.
fn of(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_target("feedmill", level).with_default(level.min(LevelFilter::WARN))
}

fn text(lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt::layer().with_writer(lines).with_ansi(colours).with_target(false).boxed()
}

fn json(lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer().json().with_writer(lines).boxed()
}
