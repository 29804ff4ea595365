importScripts(new URLSearchParams(location.search).get("client"), "/test/workers/talk.js");
