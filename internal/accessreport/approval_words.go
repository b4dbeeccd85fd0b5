package accessreport

import (
	"slices"
	"strings"
)

// informationalWords are the words in the names of attributes that only describe an
// approval. An approval with any other attribute is an error: an attribute that is meant
// as a limit, and ignored, would approve too much.
var informationalWords = wordSet(`
	accepted acknowledged added and approval approved approver approvers asked assigned assignee assignees at audit auditor author
	background business by campaign case category center centre certified certifier change changed checked classification
	code comment comments commit company compliance confirmed confluence contact contacts context control controls cost
	created creator custodian cycle date department description detail details director discussion division doc docs document
	documentation documents email entered evidence exception explanation file filed finding findings first github gitlab
	granted grantor history id ids impact imported incident incidents info information issue issues jira justification key
	keys label labels last lead level line link links mail manager memo merge message metadata modified motivation name
	names next note notes nr number numbers objective of on opened org organisation organization owned owner owners owning
	page person phone pr priority problem proposed proposer provenance pull purpose quarter raised rating rationale reason
	reasons recertified ref reference references refs remark remarks reported reporter repository request requested
	requester requesting requestor requests responsible review reviewed reviewer reviewers reviews risk risks score
	servicenow severity signature signed signoff slack sn snow source sources sponsor sponsored steward story
	submitted submitter summary supervisor tag tags task tasks team teams text the ticket ticketing tickets time timestamp
	title type unit updated uri url urls vendor verified verifier version wiki year`)

// connectingWords mean nothing without another word. Together, they may mean an end, as in
// "last_date".
var connectingWords = wordSet("and at by date first last next of on the time timestamp year")

// descriptiveNames are names in exports of ticket systems and directories that describe an
// approval, although not all of their words do so in other names, such as "granted_to".
var descriptiveNames = map[string]bool{
	"assigned to": true, "assignment group": true, "closed at": true, "closed by": true, "closed on": true, "criticality": true,
	"date approved": true, "full name": true, "last reviewed": true, "managed by": true, "phone": true, "renewed at": true,
	"renewed by": true, "renewed on": true, "request no": true, "request number": true, "short description": true, "slack channel": true,
	"sys created by": true, "sys created on": true, "sys id": true, "sys updated by": true, "sys updated on": true,
	"u business justification": true, "urgency": true, "work notes": true,
}

// ownedWords describe what an owner or a contact is responsible for, as in "system_owner".
var (
	ownedWords = wordSet("account app application asset backup business data database group host infrastructure it platform primary process product project " +
		"resource secondary security server service system tech technical user")
	ownerWords = wordSet("contact contacts owner owners")
)

// Words in the names of people, units and references, and words that describe them within
// their values, as in "owner: { name, email }".
var (
	namedWords = wordSet("approver approvers assignee assignees author case change contact contacts creator department division document documents incident issue issues link links " +
		"manager organisation organization owner owners requester requestor reviewer reviewers source sponsor steward submitter supervisor team teams ticket tickets vendor")
	namingWords = wordSet("at date email key mail name on phone time timestamp title type")
)

// ambiguousNames are words that, as a name without other words, may be the identity of the
// user or a limit, such as "approval: MFA".
var ambiguousNames = wordSet("approval cycle email exception keys level mail name names phone quarter type")

// decisionWords are what was decided, as in "approved: no". They are informational only
// before one of the words in decisionDetails.
var (
	decisionWords   = wordSet("accepted acknowledged approved certified checked confirmed granted proposed recertified reviewed signed verified")
	decisionDetails = wordSet("at by date on time timestamp")
)

// ordinalWords are informational only before a word such as "review": the last date is an
// end.
var ordinalWords = wordSet("first last next")

// Words that may be a requirement or the result of a review. They are informational only
// before a word that refers to something else, as in "control_id".
var (
	resultWords      = wordSet("compliance control controls signoff")
	referenceWords   = wordSet("comment comments document evidence id ids link links note notes nr number owner owners ref reference references refs ticket tickets uri url urls")
	signoffDetails   = wordSet("at by date on timestamp")
	qualifiedWords   = wordSet("cycle level number numbers nr quarter rating time type year")
	qualifiedObjects = wordSet("approval approver approvers exception request requests")
)

// qualifiers are the words before a word in qualifiedWords that make it informational.
// Numbers have none, because anything can have a number.
var qualifiers = map[string]map[string]bool{
	"level":   wordSet("impact priority risk severity"),
	"rating":  wordSet("impact priority risk severity"),
	"type":    wordSet("audit case change document evidence file impact incident issue link reference review risk source task ticket"),
	"cycle":   wordSet("audit campaign review"),
	"quarter": wordSet("audit campaign review"),
	"year":    wordSet("audit campaign review"),
	"time":    wordSet("date"),
}

// isInformational reports whether an attribute with this name only describes an approval:
// all its words are known.
func isInformational(name string) bool {
	words := nameWords(name)
	if descriptiveNames[strings.Join(words, " ")] {
		return true
	}
	if n := len(words); n > 1 && words[n-1] == "no" { // a number, as in "ticket_no"
		words = words[:n-1]
	}
	if i := slices.IndexFunc(words, func(word string) bool { return ownerWords[word] }); i > 0 && allIn(words[:i], ownedWords) {
		words = words[i:]
	}
	if !allIn(words, informationalWords) || allIn(words, connectingWords) || len(words) == 1 && ambiguousNames[words[0]] {
		return false
	}
	for i, word := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case decisionWords[word] && !decisionDetails[next],
			word == "approval" && next == "" && (i == 0 || words[i-1] != "of"), // as in "manager_approval"
			ordinalWords[word] && (next == "" || connectingWords[next]),
			resultWords[word] && !referenceWords[next] && (word != "signoff" || !signoffDetails[next]),
			qualifiedWords[word] && !isQualified(words, i):
			return false
		}
	}
	return true
}

// isQualified reports whether the word at an index, which is in qualifiedWords, describes
// something other than the approval. The number of approvers, the type of an exception and
// the time of an approval may be limits.
func isQualified(words []string, index int) bool {
	before := ""
	if index > 0 {
		before = words[index-1]
	}
	if qualifiedObjects[before] || anyIn(words[index+1:], qualifiedObjects) {
		return false
	}
	if words[index] == "time" && (isDone(before) || index+1 < len(words) && isDone(words[index+1])) {
		return true
	}
	allowed, limited := qualifiers[words[index]]
	return !limited || allowed[before]
}

// isDone reports whether a word of a name says that something was done, as in
// "requested_at".
func isDone(word string) bool { return strings.HasSuffix(word, "ed") }

// nameWords returns the words of a name without numbers at their ends, as in "comment2".
func nameWords(name string) []string {
	words := wordsOf(name)
	for i := range words {
		words[i] = strings.TrimRight(words[i], "0123456789")
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}

// limitWords are words in the names of attributes that limit the time or the extent of
// an approval. They are compared only with the names of tags, which can be any words.
var limitWords = wordSet("end ends ended ending start starts started starting begin begins from to until till before after since by due term ttl days hours weeks months period window only not no except " +
	"exp eol thru last bis good cond conds requires require requirements required mfa 2fa gateway recording priv privs sudo restricted denied denies deny rejected cancelled canceled withdrawn deleted " +
	"approved decision project projects server servers host hosts user users subject subjects account accounts group groups " +
	"scope limit limits limited max maximum revoked revoke active inactive enabled disabled effective privilege privileges permission permissions condition conditions role")

// limitParts are parts of such words.
var limitParts = []string{
	"expir", "valid", "deadline", "duration", "lifetime", "privilege", "condition", "permission", "enddate", "startdate",
	"notbefore", "notafter",
}

// isLimit reports whether the name of a tag looks like a limit, or like a
// decision. "By" is one only without a verb, as in "due_by", not in "requested_by", and
// "approved" only alone, not in "approved_at".
func isLimit(name string) bool {
	words := wordsOf(name)
	joined := strings.Join(words, "")
	if n := len(words); n > 1 && isDone(words[n-2]) && (words[n-1] == "by" || n == 2 && (words[1] == "from" || words[1] == "to")) {
		words = words[:n-1]
	}
	if len(words) == 2 && words[0] == "approved" {
		words = words[1:]
	}
	return anyIn(words, limitWords) || slices.ContainsFunc(limitParts, func(part string) bool { return strings.Contains(joined, part) })
}
