//! Pages in the language that their reader asks for.

use super::client::start;

#[tokio::test]
async fn a_page_speaks_the_language_that_is_asked_for() {
    let server = start().await;
    for (path, english, chinese) in
        [("/", "All of them as OPML", "全部导出为 OPML"), ("/blog", "Subscribe", "订阅")]
    {
        let plain = server.get(path).await;
        assert!(plain.text().contains(english), "{path}");
        assert_eq!(plain.header("vary"), Some("Accept-Encoding, Accept-Language"));
        let asked = [("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.1")];
        let page = server.get_with(path, &asked).await;
        assert!(page.text().contains(chinese) && page.text().contains("<html lang=\"zh-Hans\">"), "{path}");
        assert_ne!(page.header("etag"), plain.header("etag"));
        // Each is kept for itself.
        let etag = page.header("etag").unwrap();
        let again = server.get_with(path, &[asked[0], ("If-None-Match", etag)]).await;
        assert_eq!(again.status, 304, "{path}");
        let other = server.get_with(path, &[("Accept-Language", "en"), ("If-None-Match", etag)]).await;
        assert_eq!((other.status, other.text().contains(english)), (200, true), "{path}");
    }
    // A document is the same for everybody.
    let (one, other) = (server.get("/blog.atom").await, [("Accept-Language", "zh")]);
    assert_eq!(server.get_with("/blog.atom", &other).await.header("etag"), one.header("etag"));
}
