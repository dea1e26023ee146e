//! What pages say of their own accord, in each language that they speak.
//!
//! In: English, as the templates have it. Out: the same in the reader's language. Never
//! touches what feeds and their entries say.

use minijinja::State;

/// A language that pages speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// English.
    #[default]
    En,
    /// Chinese, in simplified characters.
    Zh,
}

impl Tongue {
    /// The one that a BCP 47 tag asks for, if it is one of ours.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        [(Self::En, "en"), (Self::Zh, "zh")]
            .into_iter()
            .find(|(_, name)| language.eq_ignore_ascii_case(name))
            .map(|(tongue, _)| tongue)
    }

    /// Its tag, for `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }
}

const CHINESE: &[(&str, &str)] = &[
    (", ", "，"),
    (", to import into a feed reader.", "，可导入订阅阅读器。"),
    (". ", "。"),
    ("Addresses to copy", "可复制的地址"),
    ("All feeds", "全部订阅源"),
    ("All of them as OPML", "全部导出为 OPML"),
    ("Categories", "分类"),
    ("Comments", "评论"),
    ("Entries", "条目"),
    ("Its feed file has an error; it goes on as it was before.", "订阅源文件有错误；暂按原来的设置继续。"),
    ("Its source can't be read just now; what came before stays.", "来源暂时无法读取；已有内容保留。"),
    (
        "Its source changed so much at once that it waits for somebody to look.",
        "来源一次变化过多，等待人工确认。",
    ),
    ("Last", "上次"),
    ("Next", "下次"),
    ("Outcome", "结果"),
    ("Published by feedmill", "由 feedmill 发布"),
    (
        "Put one of these addresses into your feed reader. Any reader takes Atom.",
        "把下面任一地址添加到订阅阅读器即可；所有阅读器都支持 Atom。",
    ),
    ("Refresh", "刷新"),
    ("Site", "站点"),
    ("Source", "来源"),
    ("Status", "状态"),
    ("Subscribe", "订阅"),
    ("There are no entries here now.", "这里暂时没有条目。"),
    ("There are no feeds here yet.", "这里还没有订阅源。"),
    ("There are no feeds yet.", "还没有订阅源。"),
    ("back-off", "失败后延迟重试"),
    ("bytes", "{} 字节"),
    ("changed", "修改于"),
    ("collected", "上次抓取"),
    ("deferred", "已推迟"),
    ("entries", "{} 条"),
    ("error", "错误"),
    ("failed", "失败"),
    ("failing", "{} 个失败"),
    ("feeds", "{} 个订阅源"),
    ("from", "来自"),
    ("gone", "已停止"),
    ("held", "待确认"),
    ("in a row", "连续 {} 次"),
    ("its file has errors: the last good one is in use", "文件有错误：仍在使用上一个正确的版本"),
    ("its origin asks:", "源站要求："),
    ("never", "从未"),
    ("never collected", "尚未抓取"),
    ("next", "下次抓取"),
    ("none failing", "全部正常"),
    ("now at", "现位于"),
    ("running since", "启动于"),
    ("schedule", "按计划"),
    ("sources", "{} 个来源"),
    ("unchanged", "无变化"),
    ("updated", "已更新"),
    ("waiting", "等待中"),
    ("warning", "警告"),
    ("websub", "由 WebSub 推送"),
    ("well until", "此前正常至"),
    (
        "{} of its {} sources can't be read just now; what came before stays.",
        "{} / {} 个来源暂时无法读取；已有内容保留。",
    ),
    (
        "{} of its {} sources changed so much at once that they wait for somebody to look.",
        "{} / {} 个来源一次变化过多，等待人工确认。",
    ),
];

/// The same in this language; what it has no words for stays English.
pub(super) fn say(tongue: Tongue, english: &str) -> &str {
    match tongue {
        Tongue::En => english,
        Tongue::Zh => {
            let known = CHINESE.iter().find(|(known, _)| *known == english);
            known.map_or(english, |(_, chinese)| chinese)
        }
    }
}

/// So many of something.
fn counted(tongue: Tongue, count: u64, one: &str, many: &str) -> String {
    let words = if count == 1 { one } else { many };
    match tongue {
        Tongue::En => format!("{count} {words}"),
        Tongue::Zh => say(tongue, many).replace("{}", &count.to_string()),
    }
}

fn spoken(state: &State<'_, '_>) -> Tongue {
    let tag = state.lookup("ui");
    tag.as_ref().and_then(|tag| tag.as_str()).and_then(Tongue::of_tag).unwrap_or_default()
}

/// The filters by which templates speak.
pub(super) fn teach(pages: &mut minijinja::Environment<'_>) {
    pages.add_filter("say", |state: &State<'_, '_>, english: &str| say(spoken(state), english).to_owned());
    pages.add_filter("count", |state: &State<'_, '_>, count: u64, one: &str, many: &str| {
        counted(spoken(state), count, one, many)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_templates_say_is_there_in_chinese() {
        let pattern = regex::Regex::new(r#""([^"]+)"\|say|count\("[^"]+", "([^"]+)"\)"#).unwrap();
        let mut said = 0;
        for (name, template) in super::super::TEMPLATES {
            for found in pattern.captures_iter(template) {
                let english = found.get(1).or(found.get(2)).unwrap().as_str();
                assert!(CHINESE.iter().any(|(known, _)| *known == english), "{name}: {english}");
                said += 1;
            }
        }
        assert!(said > 40, "{said}");
        assert!(CHINESE.is_sorted());
    }

    #[test]
    fn numbers_have_their_words() {
        for (count, english, chinese) in [(0, "0 feeds", "0 个订阅源"), (1, "1 feed", "1 个订阅源")] {
            assert_eq!(counted(Tongue::En, count, "feed", "feeds"), english);
            assert_eq!(counted(Tongue::Zh, count, "feed", "feeds"), chinese);
        }
    }
}
