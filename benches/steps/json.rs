//! A template in YAML as the same template in JSON: its maps in their order, its tags in their long form.

use serde::{Serialize, Serializer};
use serde_yaml::Value;

pub(crate) fn json(yaml: &str) -> String {
    let value: Value = serde_yaml::from_str(yaml).expect("the writer writes YAML");
    serde_json::to_string_pretty(&Json(&value)).expect("JSON holds what the writer writes") + "\n"
}

struct Json<'v>(&'v Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Mapping(map) => {
                serializer.collect_map(map.iter().map(|(key, it)| (key, Self(it))))
            }
            Value::Sequence(items) => serializer.collect_seq(items.iter().map(Json)),
            Value::Tagged(tagged) => {
                let tag = tagged.tag.to_string();
                let name = match tag.trim_start_matches('!') {
                    "Ref" => "Ref".to_owned(),
                    function => format!("Fn::{function}"),
                };
                serializer.collect_map([(name, Json(&tagged.value))])
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
