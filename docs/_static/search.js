// A page opened as a file cannot read the others to quote them beside a search result.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
