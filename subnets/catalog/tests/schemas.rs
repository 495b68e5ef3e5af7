//! What each subnet speaks lies beside it as `schema.json`, so that a change of it is seen in review.

use std::path::Path;

const RENEW: &str = "if the change is meant, give the subnet's spec a new version and renew the file with: make docs";

#[test]
fn every_subnet_speaks_as_its_schema_file_says() {
    for name in subnet_catalog::names() {
        // Tests run in the folder of their package.
        let file = Path::new("..").join(&*name).join("schema.json");
        let schema = serde_json::to_string_pretty(&subnet_catalog::schema(&name).unwrap()).unwrap() + "\n";
        if std::env::var_os("RENEW").is_some() {
            std::fs::write(&file, &schema).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == schema, "{} is not what the code speaks; {RENEW}", file.display());
    }
}
