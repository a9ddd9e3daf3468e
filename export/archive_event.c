#include "export/archive_event.h"
#include "core/base/day.h"
#include "core/json/jr.h"
#include "core/model/field_types.h"
#include "core/model/names.h"

/* An object about a developer or a repository; the last of a repeated key counts. */
struct entity {
    bool there;
    int64_t id; /* 0: none, or invalid */
    slice login, name, full_name, owner_login;
    int64_t owner_id;
};

static bool read_number(enum jr_token token, slice text, int64_t *out)
{
    return (token == JR_NUMBER || token == JR_STRING) && slice_i64(text, 1, FIELD_NUMBER_MAX, out);
}

static bool read_entity(struct jr *r, enum jr_token token, struct entity *out);

static bool read_member(struct jr *r, slice key, struct entity *out)
{
    struct entity owner = {0};
    enum jr_token token = jr_next(r);
    slice text = r->text;
    if (slice_eq(key, SLICE("owner")) && token == JR_OBJECT) {
        if (!read_entity(r, token, &owner))
            return false;
        out->owner_id = owner.id;
        out->owner_login = owner.login;
        return true;
    }
    if (slice_eq(key, SLICE("id"))) {
        if (token != JR_NUMBER || !read_number(token, text, &out->id))
            out->id = 0;
    } else if (token == JR_STRING) {
        if (slice_eq(key, SLICE("login")))
            out->login = text;
        else if (slice_eq(key, SLICE("name")))
            out->name = text;
        else if (slice_eq(key, SLICE("full_name")))
            out->full_name = text;
        else if (slice_eq(key, SLICE("owner")))
            out->owner_login = text;
    }
    return jr_skip(r, token);
}

/* Ignores anything but an object. */
static bool read_entity(struct jr *r, enum jr_token token, struct entity *out)
{
    *out = (struct entity){.there = token != JR_NULL};
    if (token != JR_OBJECT)
        return jr_skip(r, token);
    while ((token = jr_next(r)) == JR_KEY)
        if (!read_member(r, r->text, out))
            return false;
    return token == JR_END_OBJECT;
}

/* ---- times ---- */

static bool two_digits(const char *at, int64_t max, int64_t *out)
{
    return slice_i64(slice_from(at, 2), 0, max, out);
}

static int64_t days_before(int64_t year, int64_t month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = year - 1, leap = month > 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] + leap - 719162;
}

/* "2015-01-01T15:00:00Z"; before 2015 also with "-08:00" in the end. */
static bool read_time(slice text, int64_t *at_ms_out)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    int64_t year, month, day, hour, minute, second, off_hour = 0, off_minute = 0, sign = 0;
    if (text.len != 20 && text.len != 25)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? text.ptr[i] < '0' || text.ptr[i] > '9' : text.ptr[i] != form[i])
            return false;
    const char *end = text.ptr + 19;
    if (text.len == 25) {
        sign = *end == '-' ? -1 : 1;
        if ((*end != '-' && *end != '+') || end[3] != ':' || !two_digits(end + 1, 14, &off_hour) ||
            !two_digits(end + 4, 59, &off_minute))
            return false;
    } else if (*end != 'Z') {
        return false;
    }
    if (!slice_i64(slice_from(text.ptr, 4), 2011, 9999, &year) || !two_digits(text.ptr + 5, 12, &month) ||
        !two_digits(text.ptr + 8, 31, &day) || !two_digits(text.ptr + 11, 23, &hour) ||
        !two_digits(text.ptr + 14, 59, &minute) || !two_digits(text.ptr + 17, 60, &second) || !month || !day)
        return false;
    *at_ms_out = (days_before(year, month) + day - 1) * DAY_MS +
                 ((hour - sign * off_hour) * 60 + minute - sign * off_minute) * 60000 + second * 1000;
    return true;
}

/* ---- an event ---- */

struct event {
    struct entity actor, org, repo, repository, member, target, forkee;
};

static bool read_payload(struct jr *r, enum jr_token token, struct event *e)
{
    if (token != JR_OBJECT)
        return jr_skip(r, token);
    while ((token = jr_next(r)) == JR_KEY) {
        slice key = r->text;
        struct entity *into = slice_eq(key, SLICE("member"))   ? &e->member
                              : slice_eq(key, SLICE("target")) ? &e->target
                              : slice_eq(key, SLICE("forkee")) ? &e->forkee
                                                               : NULL;
        token = jr_next(r);
        if (!(into ? read_entity(r, token, into) : jr_skip(r, token)))
            return false;
    }
    return token == JR_END_OBJECT;
}

static bool read_key(struct jr *r, slice key, struct event *e, struct archive_event *out)
{
    const struct {
        slice key;
        struct entity *entity;
    } entities[] = {{SLICE("actor"), &e->actor},
                    {SLICE("org"), &e->org},
                    {SLICE("repo"), &e->repo},
                    {SLICE("repository"), &e->repository}};
    enum jr_token token = jr_next(r);
    for (size_t i = 0; i < ARRAY_LEN(entities); i++)
        if (slice_eq(key, entities[i].key))
            return read_entity(r, token, entities[i].entity);
    if (slice_eq(key, SLICE("payload")))
        return read_payload(r, token, e);
    if (slice_eq(key, SLICE("id")) && !read_number(token, r->text, &out->id))
        out->id = 0;
    if (slice_eq(key, SLICE("created_at")) && (token != JR_STRING || !read_time(r->text, &out->at_ms)))
        out->at_ms = 0;
    return jr_skip(r, token);
}

static bool read_object(slice line, struct event *e, struct archive_event *out)
{
    struct jr r;
    enum jr_token token;
    jr_init(&r, line);
    if (jr_next(&r) != JR_OBJECT)
        return false;
    while ((token = jr_next(&r)) == JR_KEY)
        if (!read_key(&r, r.text, e, out))
            return false;
    return token == JR_END_OBJECT && jr_next(&r) == JR_END;
}

static bool add(struct archive_event *out, struct archive_record record, const char *what, struct err *err)
{
    bool ok = record.repository ? full_name_plausible(record.name) : login_plausible(record.name);
    if (!record.github_id || !ok)
        return err_set(err, ERR_BROKEN, "%s: expected an id from 1 to %lld and %s", what, FIELD_NUMBER_MAX,
                       record.repository ? "a name OWNER/NAME" : "a login");
    out->records[out->n_records++] = record;
    return true;
}

static bool add_developer(struct archive_event *out, const struct entity *e, const char *what,
                          struct err *err)
{
    /* Before 2015 an actor is a login without an id, which cannot become a record. */
    if (!e->there || (!e->id && !e->login.ptr && !out->id))
        return true;
    return add(out,
               (struct archive_record){
                   .github_id = e->id, .name = e->login, .organization = strcmp(what, "org") == 0},
               what, err);
}

static bool add_repository(struct archive_event *out, const struct entity *e, slice name, const char *what,
                           struct err *err)
{
    if (!e->there)
        return true;
    return add(out,
               (struct archive_record){
                   .repository = true, .github_id = e->id, .name = name, .owner_id = e->owner_id},
               what, err);
}

/* Before 2015: {"name": "r", "owner": "o"}; room holds "o/r". */
static slice old_name(const struct entity *e, char *room, size_t size)
{
    size_t n = e->owner_login.len + 1 + e->name.len;
    if (!e->owner_login.ptr || !e->name.ptr || n > size)
        return (slice){NULL, 0};
    memcpy(room, e->owner_login.ptr, e->owner_login.len);
    room[e->owner_login.len] = '/';
    memcpy(room + e->owner_login.len + 1, e->name.ptr, e->name.len);
    return slice_from(room, n);
}

/* The owner is the developer with the login before the slash. */
static void find_owners(struct archive_event *out)
{
    for (size_t i = 0; i < out->n_records; i++) {
        struct archive_record *r = &out->records[i];
        slice rest = r->name, login;
        if (!r->repository || r->owner_id || !slice_split(&rest, '/', &login))
            continue;
        for (size_t k = 0; k < out->n_records; k++)
            if (!out->records[k].repository && slice_eq_nocase(out->records[k].name, login))
                r->owner_id = out->records[k].github_id;
    }
}

bool archive_event_read(slice line, struct archive_event *out, struct err *err)
{
    static _Thread_local char room[256];
    struct event e = {0};
    *out = (struct archive_event){0};
    if (!read_object(line, &e, out)) {
        out->at_ms = 0;
        return err_set(err, ERR_BROKEN, "expected an event of GH Archive, one object of JSON a line");
    }
    if (!out->at_ms || (!e.actor.there && !e.repo.there && !e.repository.there)) {
        out->at_ms = 0;
        return err_set(
            err, ERR_BROKEN,
            "expected an event of GH Archive, with created_at (a time from 2011 on), actor and repo");
    }
    struct entity owner = {
        .there = e.forkee.owner_id != 0, .id = e.forkee.owner_id, .login = e.forkee.owner_login};
    bool ok = add_developer(out, &e.actor, "actor", err);
    ok &= add_developer(out, &e.org, "org", err);
    ok &= add_developer(out, &e.member, "payload.member", err);
    ok &= add_developer(out, &e.target, "payload.target", err);
    ok &= add_developer(out, &owner, "payload.forkee.owner", err);
    ok &= add_repository(out, &e.repo, e.repo.name, "repo", err);
    ok &= add_repository(out, &e.repository, old_name(&e.repository, room, sizeof room), "repository", err);
    ok &= add_repository(out, &e.forkee, e.forkee.full_name, "payload.forkee", err);
    find_owners(out);
    return ok;
}
