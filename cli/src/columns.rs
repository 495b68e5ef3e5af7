//! Selected columns of a metagraph as a table.

use crate::address;
use crate::format::{self, brief, share};
use primitives::{Axon, MetagraphColumns, MetagraphField};
use serde_json::json;

/// Reads a column's name, such as `validator_permit` or `validator-permit`.
pub fn field(text: &str) -> Result<MetagraphField, String> {
    let known = |field: &MetagraphField| name(*field) == text.replace('-', "_");
    MetagraphField::ALL.into_iter().find(known).ok_or_else(|| {
        let all: Vec<String> = MetagraphField::ALL.into_iter().map(name).collect();
        format!("there is no column `{text}`; there are: {}", all.join(", "))
    })
}

fn name(field: MetagraphField) -> String {
    json!(field).as_str().unwrap_or_default().into()
}

/// In the order of `fields`.
pub fn table(columns: &MetagraphColumns, fields: &[MetagraphField]) -> String {
    let names: Vec<String> = fields.iter().copied().map(name).collect();
    let header: Vec<&str> = names.iter().map(String::as_str).collect();
    let cells: Vec<Vec<String>> = fields.iter().map(|field| column(columns, *field)).collect();
    let row = |uid: usize| cells.iter().map(|column| column.get(uid).cloned().unwrap_or_default()).collect();
    format::table(&header, fields.len(), (0..usize::from(columns.neurons)).map(row))
}

fn column(columns: &MetagraphColumns, field: MetagraphField) -> Vec<String> {
    let yes = |yes: &bool| if *yes { "yes" } else { "-" }.to_owned();
    let endpoint = |axon: &Option<Axon>| axon.map_or("-".into(), |axon| axon.to_string());
    match field {
        MetagraphField::Uid => shown(&columns.uid, u16::to_string),
        MetagraphField::Hotkey => shown(&columns.hotkey, address::short),
        MetagraphField::Coldkey => shown(&columns.coldkey, address::short),
        MetagraphField::Stake => shown(&columns.stake, |amount| brief(*amount)),
        MetagraphField::Active => shown(&columns.active, yes),
        MetagraphField::ValidatorPermit => shown(&columns.validator_permit, yes),
        MetagraphField::Rank => shown(&columns.rank, |part| share(*part)),
        MetagraphField::Trust => shown(&columns.trust, |part| share(*part)),
        MetagraphField::Consensus => shown(&columns.consensus, |part| share(*part)),
        MetagraphField::Incentive => shown(&columns.incentive, |part| share(*part)),
        MetagraphField::Dividends => shown(&columns.dividends, |part| share(*part)),
        MetagraphField::ValidatorTrust => shown(&columns.validator_trust, |part| share(*part)),
        MetagraphField::Emission => shown(&columns.emission, |amount| brief(*amount)),
        MetagraphField::LastUpdate => shown(&columns.last_update, u32::to_string),
        MetagraphField::RegisteredAt => shown(&columns.registered_at, u32::to_string),
        MetagraphField::Axon => shown(&columns.axon, endpoint),
        MetagraphField::Prometheus => shown(&columns.prometheus, endpoint),
    }
}

fn shown<T>(column: &Option<Vec<T>>, cell: impl Fn(&T) -> String) -> Vec<String> {
    column.iter().flatten().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    /// Of two seats, with every column that `fields` names filled with zeros, or what stands for them.
    fn columns(fields: &[MetagraphField]) -> MetagraphColumns {
        let mut document = json!({ "netuid": 1, "block": 5, "neurons": 2 });
        let all: Map<String, Value> = MetagraphField::ALL.into_iter().map(|field| (name(field), Value::Null)).collect();
        document.as_object_mut().unwrap().extend(all);
        for field in fields {
            let cell = match field {
                MetagraphField::Hotkey | MetagraphField::Coldkey => json!(crate::testing::account(7)),
                MetagraphField::Active | MetagraphField::ValidatorPermit => json!(true),
                MetagraphField::Axon | MetagraphField::Prometheus => Value::Null,
                _ => json!(0),
            };
            document[name(*field)] = json!([cell, cell]);
        }
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn every_column_has_a_name_a_place_on_the_wire_and_a_cell_a_seat() {
        for wanted in MetagraphField::ALL {
            assert_eq!(field(&name(wanted)), Ok(wanted));
            assert_eq!(column(&columns(&[wanted]), wanted).len(), 2, "{wanted:?}");
        }
    }

    #[test]
    fn the_table_has_the_columns_in_the_order_in_which_they_were_named() {
        let fields = ["incentive", "uid"].map(|name| field(name).unwrap());
        let table = table(&columns(&fields), &fields);
        let words: Vec<&str> = table.split_whitespace().collect();
        assert_eq!(words, ["incentive", "uid", "0.0000", "0", "0.0000", "0"]);
    }

    #[test]
    fn an_unknown_column_is_refused_with_those_that_there_are() {
        assert!(field("price").unwrap_err().contains("validator_permit"));
        assert_eq!(field("validator-permit"), Ok(MetagraphField::ValidatorPermit));
    }
}
