//! The few fields of WeChat's XML, read and written. There is no DTD in here, and no entity but XML's own five.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesCData, BytesRef, Event},
};

/// WeChat nests three deep; whoever goes on is up to something.
const DEEPEST: usize = 16;

/// The fields that matter here; all others are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are WeChat's own names")]
pub enum XmlField {
    ToUserName,
    FromUserName,
    CreateTime,
    MsgType,
    Content,
    MsgId,
    Encrypt,
    MsgSignature,
    TimeStamp,
    Nonce,
}

impl XmlField {
    const ALL: [Self; 10] = [
        Self::ToUserName,
        Self::FromUserName,
        Self::CreateTime,
        Self::MsgType,
        Self::Content,
        Self::MsgId,
        Self::Encrypt,
        Self::MsgSignature,
        Self::TimeStamp,
        Self::Nonce,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ToUserName => "ToUserName",
            Self::FromUserName => "FromUserName",
            Self::CreateTime => "CreateTime",
            Self::MsgType => "MsgType",
            Self::Content => "Content",
            Self::MsgId => "MsgId",
            Self::Encrypt => "Encrypt",
            Self::MsgSignature => "MsgSignature",
            Self::TimeStamp => "TimeStamp",
            Self::Nonce => "Nonce",
        }
    }
}

/// What stands in the fields of one `<xml>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields([Option<String>; XmlField::ALL.len()]);

impl Fields {
    /// The text of a field, if it is there.
    pub fn get(&self, field: XmlField) -> Option<&str> {
        self.0[field as usize].as_deref()
    }

    /// Reads a body.
    ///
    /// # Errors
    /// It is not well-formed, or more than these messages need: a DTD, an entity, a field twice.
    pub fn parse(body: &[u8]) -> Result<Self, XmlError> {
        let text = std::str::from_utf8(body).map_err(|_| XmlError::Utf8)?;
        let mut reader = Reader::from_str(text);
        let (mut fields, mut path) = (Self::default(), Path::default());
        loop {
            let event = reader.read_event().map_err(|_| XmlError::Syntax)?;
            match event {
                Event::Start(tag) => {
                    if let Some(field) = path.enter(tag.name().as_ref())? {
                        fields.begin(field)?;
                    }
                }
                Event::Empty(tag) => {
                    if let Some(field) = path.enter(tag.name().as_ref())? {
                        fields.begin(field)?;
                    }
                    path.leave();
                }
                Event::End(_) => path.leave(),
                Event::Text(text) if path.is_outside() => {
                    if !text.trim_ascii().is_empty() {
                        return Err(XmlError::Outside);
                    }
                }
                Event::Text(text) => fields.push(&path, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::CData(_) | Event::GeneralRef(_) if path.is_outside() => return Err(XmlError::Outside),
                Event::CData(text) => fields.push(&path, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(reference) => fields.push(&path, &resolve(&reference)?),
                Event::Decl(_) | Event::Comment(_) => {}
                Event::DocType(_) => return Err(XmlError::Dtd),
                Event::PI(_) => return Err(XmlError::Instruction),
                Event::Eof if path.is_done() => return Ok(fields),
                Event::Eof => return Err(XmlError::Syntax),
            }
        }
    }

    fn begin(&mut self, field: XmlField) -> Result<(), XmlError> {
        let slot = &mut self.0[field as usize];
        if slot.is_some() {
            return Err(XmlError::Twice);
        }
        *slot = Some(String::new());
        Ok(())
    }

    fn push(&mut self, path: &Path, text: &str) {
        if let Some(field) = path.field {
            self.0[field as usize].get_or_insert_default().push_str(text);
        }
    }
}

/// Where in the document the reader is.
#[derive(Debug, Default)]
struct Path {
    depth: usize,
    done: bool,
    /// The field whose text comes next.
    field: Option<XmlField>,
}

impl Path {
    /// Enters an element; it may be one of the fields.
    fn enter(&mut self, name: &str) -> Result<Option<XmlField>, XmlError> {
        if self.done || (self.depth == 0 && name != "xml") {
            return Err(XmlError::Outside);
        }
        if self.field.is_some() {
            return Err(XmlError::Nested);
        }
        if self.depth == DEEPEST {
            return Err(XmlError::Deep);
        }
        self.depth += 1;
        if self.depth == 2 {
            self.field = XmlField::ALL.into_iter().find(|field| field.name() == name);
        }
        Ok(self.field)
    }

    /// Leaves it; the reader has seen that it was the one entered.
    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.done = self.depth == 0;
        self.field = None;
    }

    fn is_outside(&self) -> bool {
        self.depth == 0
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => Ok(c.to_string()),
        Ok(None) => resolve_xml_entity(reference).map(str::to_owned).ok_or(XmlError::Entity),
        Err(_) => Err(XmlError::Entity),
    }
}

/// Writes an `<xml>` of these fields. Whatever stands in them stays text: each is one or more CDATA sections.
pub fn write(fields: &[(XmlField, &str)]) -> String {
    let mut xml = String::from("<xml>");
    for (field, text) in fields {
        xml += &format!("<{}>", field.name());
        for part in BytesCData::escaped(text) {
            xml.extend(["<![CDATA[", &part, "]]>"]);
        }
        xml += &format!("</{}>", field.name());
    }
    xml + "</xml>"
}

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum XmlError {
    #[error("the body is not UTF-8")]
    Utf8,
    #[error("the body is no well-formed XML")]
    Syntax,
    #[error("the body has something outside of its one <xml>")]
    Outside,
    #[error("the body has a DTD")]
    Dtd,
    #[error("the body has a processing instruction")]
    Instruction,
    #[error("the body has an entity of its own, or a character reference that is none")]
    Entity,
    #[error("a field stands there twice")]
    Twice,
    #[error("a field that should hold text holds elements")]
    Nested,
    #[error("elements are nested too deep")]
    Deep,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(xml: &str) -> Result<Option<String>, XmlError> {
        Fields::parse(xml.as_bytes()).map(|fields| fields.get(XmlField::Content).map(str::to_owned))
    }

    fn found(text: &str) -> Result<Option<String>, XmlError> {
        Ok(Some(text.to_owned()))
    }

    #[test]
    fn text_cdata_and_references_are_text() {
        assert_eq!(content("<xml><Content>ding</Content></xml>"), found("ding"));
        assert_eq!(content("<xml><Content><![CDATA[<ding>]]></Content></xml>"), found("<ding>"));
        assert_eq!(content("<xml><Content>&lt;&#100;&#x69;<![CDATA[ng]]></Content></xml>"), found("<ding"));
        assert_eq!(content("<?xml version=\"1.0\"?>\n<xml>\n <Content/>\n</xml>\n"), found(""));
        assert_eq!(content("<xml><MsgId>1</MsgId></xml>"), Ok(None));
    }

    #[test]
    fn other_fields_and_what_is_in_them_are_passed_over() {
        let xml = "<xml><Other><Content>no</Content></Other><Content>yes</Content></xml>";
        assert_eq!(content(xml), found("yes"));
    }

    #[test]
    fn dtds_and_entities_are_refused() {
        let dtd = "<!DOCTYPE xml [<!ENTITY a \"dong\">]><xml><Content>&a;</Content></xml>";
        assert_eq!(content(dtd), Err(XmlError::Dtd));
        assert_eq!(content("<xml><Content>&a;</Content></xml>"), Err(XmlError::Entity));
        assert_eq!(content("<xml><Content>&#0;</Content></xml>"), Err(XmlError::Entity));
        assert_eq!(content("<xml><?php ding ?></xml>"), Err(XmlError::Instruction));
    }

    #[test]
    fn what_is_no_single_xml_is_refused() {
        for xml in
            ["", " ", "ding", "<xml>", "<xml></lmx>", "</xml>", "<xml><Content>a</xml></Content>", "<xml>&"]
        {
            assert!(matches!(content(xml), Err(XmlError::Syntax | XmlError::Outside)), "{xml}");
        }
        for xml in
            ["<other/>", "<xml/><xml/>", "<xml/>ding", "ding<xml/>", "<![CDATA[x]]><xml/>", "<xml/>&lt;"]
        {
            assert_eq!(content(xml), Err(XmlError::Outside), "{xml}");
        }
    }

    #[test]
    fn a_field_stands_once_and_holds_text() {
        assert_eq!(content("<xml><Content>a</Content><Content/></xml>"), Err(XmlError::Twice));
        assert_eq!(content("<xml><Content><b>a</b></Content></xml>"), Err(XmlError::Nested));
        assert_eq!(content("<xml><Content><b/></Content></xml>"), Err(XmlError::Nested));
    }

    #[test]
    fn depth_has_an_end() {
        let deep = |depth: usize| format!("<xml>{}{}</xml>", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(content(&deep(DEEPEST - 1)), Ok(None));
        assert_eq!(content(&deep(DEEPEST)), Err(XmlError::Deep));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Fields::parse(b"<xml>\xff</xml>"), Err(XmlError::Utf8));
    }

    #[test]
    fn what_is_written_is_read_again_whatever_it_is() {
        for text in ["", "dong", "<&>", "]]>", "]]]]>>", "<![CDATA[x]]>", "]]></Content><Content>x"] {
            assert_eq!(content(&write(&[(XmlField::Content, text)])), found(text));
        }
    }
}
