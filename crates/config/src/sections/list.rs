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

        impl $Config {
            /// What a gateway that serves goes by from now on, if its configuration is to be another one: what counts at
            /// once is as in that one, and the rest as it is. With what would be new, in the order of the list, and when
            /// that counts.
            #[must_use]
            pub fn follow(&self, new: &Self) -> (Self, Vec<Changed>) {
                use $crate::sections::{Item as _, Section as _, identity};
                let (mut next, mut changed) = (self.clone(), Vec::new());
                let waits = |key| Changed { key, effect: Effect::AtNextStart };
                for (key, is_other) in [("name", new.name != self.name), ("self_id", new.self_id != self.self_id)] {
                    changed.extend(is_other.then_some(Changed { key, effect: identity::EFFECT }));
                }
                $(match <$Table>::EFFECT {
                    Effect::AtNextStart => {
                        changed.extend((new.$table != self.$table).then(|| waits(stringify!($table))));
                    }
                    effect @ Effect::AtReload(_) => {
                        next.$table = new.$table.clone();
                        let later = next.$table.waits(&self.$table);
                        let is_other = next.$table != self.$table;
                        changed.extend(is_other.then_some(Changed { key: stringify!($table), effect }));
                        changed.extend(later.into_iter().map(waits));
                    }
                })*
                $(if new.$items != self.$items {
                    let effect = <$Item>::EFFECT;
                    changed.push(Changed { key: stringify!($list), effect });
                    match effect {
                        Effect::AtNextStart => {}
                        Effect::AtReload(_) => next.$items.clone_from(&new.$items),
                    }
                })*
                (next, changed)
            }
        }
    };
}

pub(crate) use sections;
