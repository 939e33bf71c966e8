"""The names under which models give the parts of an edit in JSON, the commonest first."""

PATH_KEYS = ["path", "file", "filename", "file_path", "filepath", "target_file", "name"]
TEXT_KEYS = [
    "content",
    "contents",
    "code",
    "new_content",
    "file_text",
    "source",
    "text",
    "full_content",
]
OLD_KEYS = [
    "search",
    "old",
    "old_string",
    "old_str",
    "old_text",
    "old_code",
    "original",
    "original_code",
    "before",
    "find",
    "from",
    "target_content",
]
NEW_KEYS = [
    "replace",
    "new",
    "new_string",
    "new_str",
    "new_text",
    "new_code",
    "replacement",
    "replace_with",
    "updated",
    "updated_code",
    "modified",
    "modified_code",
    "after",
    "to",
    "replacement_content",
]
ACTION_KEYS = (
    "mode",
    "action",
    "type",
    "op",
    "operation",
    "kind",
    "command",
    "change",
    "change_type",
)
TARGET_KEYS = ("new_path", "to", "destination", "target", "new_name", "rename_to", "new_file")
REMARK_KEYS = ("reason", "explanation", "description", "id", "title", "summary")
INSERTED_KEYS = ["new_str", "insert_text", "new_string", "new_text", "text", "content"]
CODE_KEYS = [
    "code",
    "new_code",
    "program",
    "full_code",
    "updated_code",
    "source_code",
    "file_text",
]
