//! Where log lines go: readable on a terminal, fields to journald under systemd, JSON when asked for.

use crate::config::{Environment, Log, LogFormat, LogLevel};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::Registry, util::SubscriberInitExt};

/// Starts logging; a second call changes nothing.
pub(super) fn start(log: Log, environment: &Environment) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let journal = || tracing_journald::layer().ok().map(Layer::boxed);
    let under_systemd = environment.variable("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal();
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).boxed(),
        LogFormat::Journald => journal().unwrap_or_else(text),
        LogFormat::Auto if under_systemd => journal().unwrap_or_else(text),
        LogFormat::Auto | LogFormat::Text => text(),
    };
    // Only ours: libraries tell of what they do below `warn` only to those who debug them.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("feedmill", level)
        .with_default(level.min(LevelFilter::WARN));
    // Tests and `build` may have started it before.
    let _ = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
}

fn text() -> Box<dyn Layer<Registry> + Send + Sync> {
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false).boxed()
}
