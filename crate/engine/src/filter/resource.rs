//! The neutral resources that a request can be answered with instead of being refused: empty
//! scripts, pages, images and sounds, for pages that break when something is missing altogether, and
//! stand-ins with the interface of a mining service that do nothing.
//!
//! The names and aliases are those that uBlock Origin, `AdGuard` and Adblock Plus document, but for
//! the stand-ins, which are our own. The resources are bundled with the extension under
//! [`Resource::name`], in the folder [`FOLDER`].

/// One resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its canonical name, which is also its file name.
    pub name: &'static str,
    /// Its media type.
    pub mime: &'static str,
    /// Other names that lists use.
    pub aliases: &'static [&'static str],
}

/// Where the extension has them.
pub const FOLDER: &str = "/neutral/";

/// Every resource, ordered by name.
pub const RESOURCES: &[Resource] = &[
    resource(
        "1x1.gif",
        "image/gif",
        &[
            "1x1-transparent.gif",
            "1x1-transparent-gif",
            "abp-resource:1x1-transparent-gif",
        ],
    ),
    resource(
        "2x2.png",
        "image/png",
        &[
            "2x2-transparent.png",
            "2x2-transparent-png",
            "abp-resource:2x2-transparent-png",
        ],
    ),
    resource(
        "32x32.png",
        "image/png",
        &[
            "32x32-transparent.png",
            "32x32-transparent-png",
            "abp-resource:32x32-transparent-png",
        ],
    ),
    resource(
        "3x2.png",
        "image/png",
        &[
            "3x2-transparent.png",
            "3x2-transparent-png",
            "abp-resource:3x2-transparent-png",
        ],
    ),
    resource("coinhive.js", "text/javascript", &[]),
    resource("coinimp.js", "text/javascript", &[]),
    resource("cryptoloot.js", "text/javascript", &[]),
    resource(
        "noop-0.1s.mp3",
        "audio/mpeg",
        &["noopmp3-0.1s", "blank-mp3", "abp-resource:blank-mp3"],
    ),
    resource(
        "noop-1s.mp4",
        "video/mp4",
        &["noopmp4-1s", "blank-mp4", "abp-resource:blank-mp4"],
    ),
    resource(
        "noop.css",
        "text/css",
        &["noopcss", "blank-css", "abp-resource:blank-css"],
    ),
    resource(
        "noop.html",
        "text/html",
        &["noopframe", "blank-html", "abp-resource:blank-html"],
    ),
    resource(
        "noop.js",
        "text/javascript",
        &["noopjs", "blank-js", "abp-resource:blank-js"],
    ),
    resource("noop.json", "application/json", &["noopjson"]),
    resource(
        "noop.txt",
        "text/plain",
        &[
            "nooptext",
            "empty",
            "empty.txt",
            "blank-text",
            "abp-resource:blank-text",
        ],
    ),
];

const fn resource(
    name: &'static str,
    mime: &'static str,
    aliases: &'static [&'static str],
) -> Resource {
    Resource {
        name,
        mime,
        aliases,
    }
}

/// The resource that a list means.
pub fn find(name: &str) -> Option<&'static Resource> {
    RESOURCES
        .iter()
        .find(|r| r.name == name || r.aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_bundled() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for resource in RESOURCES {
            let path = root.join(format!("extension{FOLDER}{}", resource.name));
            assert!(path.is_file(), "{}", path.display());
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = RESOURCES
            .iter()
            .flat_map(|r| r.aliases.iter().chain([&r.name]))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(find("noopjs").map(|r| r.name), Some("noop.js"));
        assert_eq!(find("google-analytics.js"), None);
    }
}
