//! How anything is read: values as they were written, each with its place, become typed values, and all that is wrong is
//! found in one look. It knows no key; those are in [`sections`](crate::sections).
//!
//! | file | what it holds |
//! |---|---|
//! | `draft`, `tree` | values as they were written, each with its place; what lies over what |
//! | `keys` | a table's keys, asked for one by one |
//! | `key` | what must hold of a key's value, said where the key is asked for |
//! | `rules` | what must hold of a list's tables, and between tables |
//! | `findings` | what is found on the way, and which keys there are |
//! | `field`, `values` | one value at its key, and how each type is written |
//! | `problem` | what is wrong, where, and what to do |
//! | `secret_file` | secrets that stand in files of their own |
//! | `resolve` | host names to listen on |
//! | `variable` | the variable of a key |

mod draft;
mod field;
mod findings;
mod key;
mod keys;
mod problem;
mod resolve;
mod rules;
pub mod secret_file;
mod tree;
mod values;
mod variable;

pub use draft::Draft;
pub use problem::{ConfigError, Place, Problem};
pub use resolve::one as resolve;
#[cfg(feature = "fuzzing")]
pub use resolve::resolve_no_names;
pub use variable::{PREFIX, WITHHELD};

pub(crate) use field::{Field, Form, FromField, nearest, without_indices};
pub(crate) use findings::Findings;
pub(crate) use key::{COUNT, Key, LONGEST, Measure, SIZE, TIME, TIME_OR_NONE};
pub(crate) use keys::Keys;
pub(crate) use rules::Rules;
pub(crate) use tree::{Node, Table, Value, parse, parse_value};
pub(crate) use values::{Every, Listen};
pub(crate) use variable::variable_of;
