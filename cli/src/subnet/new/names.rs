//! What a subnet is called where.

use anyhow::{ensure, Result};

/// What a subnet is called at most.
const LONGEST: usize = 32;

/// Words that cannot name a module, or that the catalog means otherwise.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "std", "core", "alloc",
    "tests", "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

/// Of `my-subnet`: its package `subnet-my-subnet`, its module `my_subnet`, the beginning `MySubnet` of its types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub name: String,
    pub package: String,
    pub module: String,
    pub types: String,
}

impl Names {
    pub fn new(name: &str) -> Result<Self> {
        let parts: Vec<&str> = name.split('-').collect();
        let is_word = |part: &&str| {
            !part.is_empty() && part.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
        };
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        ensure!(
            begins && parts.iter().all(is_word) && name.len() <= LONGEST,
            "`{name}` cannot name a subnet: take small letters, digits and single hyphens, a letter first, and at most \
             {LONGEST} in all, such as my-subnet"
        );
        ensure!(!KEYWORDS.contains(&name), "`{name}` is a word of Rust itself: take another name, such as my-{name}");
        Ok(Self {
            name: name.into(),
            package: format!("subnet-{name}"),
            module: name.replace('-', "_"),
            types: parts.iter().map(|part| capitalised(part)).collect(),
        })
    }

    /// `text`, about the template, about this subnet.
    pub fn instead(&self, text: &str) -> String {
        text.replace("subnet-template", &self.package)
            .replace("subnet_template", &format!("subnet_{}", self.module))
            .replace("subnets/template", &format!("subnets/{}", self.name))
            .replace("template::", &format!("{}::", self.module))
            .replace("mod template;", &format!("mod {};", self.module))
            .replace("\"template\"", &format!("\"{}\"", self.name))
            .replace("/template/", &format!("/{}/", self.name))
            .replace("Template", &self.types)
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_form_in_each_place() {
        let names = Names::new("my-2nd-subnet").unwrap();
        assert_eq!(
            (&*names.package, &*names.module, &*names.types),
            ("subnet-my-2nd-subnet", "my_2nd_subnet", "My2ndSubnet")
        );
        let text =
            "use subnet_template::TemplateSolver; // subnet-template, \"template\", template::ENTRY, mod template;";
        let mine = "use subnet_my_2nd_subnet::My2ndSubnetSolver; // subnet-my-2nd-subnet, \"my-2nd-subnet\", \
                    my_2nd_subnet::ENTRY, mod my_2nd_subnet;";
        assert_eq!(names.instead(text), mine);
    }

    #[test]
    fn what_cannot_name_a_package_is_refused_with_advice() {
        for name in ["", "-", "a-", "-a", "a--b", "A", "a_b", "1st", "a b", "ä", "../a", &"a".repeat(33)] {
            let error = Names::new(name).unwrap_err().to_string();
            assert!(error.contains("such as my-subnet"), "{name}: {error}");
        }
        for name in ["match", "std", "core", "alloc", "str"] {
            assert!(Names::new(name).unwrap_err().to_string().contains(&format!("my-{name}")), "{name}");
        }
    }
}
