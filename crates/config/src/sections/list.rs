//! What is made of the list of sections, which stands in `lib.rs`.

/// Makes the configuration, with a field for each section, and all that is done with each: defaults, reading, judging,
/// comparing. A section that is in the list can't be forgotten anywhere; the example's tests ask for its keys.
macro_rules! sections {
    (
        $(#[$about:meta])*
        pub struct $Config:ident {
            tables { $($(#[$of_table:meta])* $table:ident: $Table:ty,)* }
            lists { $($(#[$of_list:meta])* $items:ident: Vec<$Item:ty> of $list:ident,)* }
        }
    ) => {
        $(#[$about])*
        pub struct $Config {
            /// The file that it was read from, if it was.
            pub source: Option<PathBuf>,
            /// What was written of it, if it was read.
            pub written: $crate::Written,
            /// The team's name, for people.
            pub name: String,
            /// The contact id of the team's virtual self; the name, unless set.
            pub self_id: String,
            $($(#[$of_table])* pub $table: $Table,)*
            $($(#[$of_list])* pub $items: Vec<$Item>,)*
        }

        impl $Config {
            /// All keys that stand in no table, in the order of the list.
            #[cfg(test)]
            pub(crate) const SECTIONS: &[&str] =
                &["name", "self_id", $(stringify!($table),)* $(stringify!($list),)*];

            /// A team of this name without bots and accounts; everything else has its default.
            pub fn new(name: impl Into<String>) -> Self {
                let name = name.into();
                Self {
                    source: None,
                    written: $crate::Written::default(),
                    self_id: name.clone(),
                    name,
                    $($table: <$Table>::default(),)*
                    $($items: Vec::new(),)*
                }
            }

            /// Takes what is written, and judges the tables.
            pub(crate) fn take(&mut self, top: &mut $crate::reader::Keys<'_>) {
                use $crate::sections::{Item as _, Section as _, identity};
                identity::keys(top, &mut self.name, &mut self.self_id);
                $(top.inner(stringify!($table), |keys| self.$table.keys(keys));)*
                $(if let Some(read) = top.each(stringify!($list), |keys| <$Item>::read(keys, self)) {
                    self.$items = read;
                })*
            }

            /// Judges the lists.
            pub(crate) fn judge_lists(&self, rules: &$crate::reader::Rules<'_>) {
                use $crate::sections::Item as _;
                $(<$Item>::judge(&self.$items, rules);)*
            }
        }

        /// What of a new configuration is not as it was, in the order of the list, and when that counts.
        pub fn changes(old: &$Config, new: &$Config) -> Vec<Changed> {
            use $crate::sections::{Item as _, Section as _, identity};
            let all = [
                ("name", identity::EFFECT, new.name != old.name),
                ("self_id", identity::EFFECT, new.self_id != old.self_id),
                $((stringify!($table), <$Table>::EFFECT, new.$table != old.$table),)*
                $((stringify!($list), <$Item>::EFFECT, new.$items != old.$items),)*
            ];
            let changed = all.into_iter().filter(|(_, _, is_other)| *is_other);
            changed.map(|(key, effect, _)| Changed { key, effect }).collect()
        }
    };
}

pub(crate) use sections;
