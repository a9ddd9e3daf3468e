/* gitomatic doctor: checks everything that gitomatic depends on, and reports problems and what to do. */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/doctor/certificates.h"
#include "cli/doctor/database.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/github.h"

int cmd_doctor(const struct command_call *call, struct err *err)
{
    struct findings found = {0};
    bool json = false;
    const struct arg_flag flags[] = {{.name = "--json", .present = &json}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), NULL, 0, NULL, err))
        return EXIT_WRONG_USE;
    const struct config *cfg = call->cfg;
    finding_add(&found, "configuration", FINDING_OK, NULL,
                "gitomatic " GITOMATIC_VERSION ", every setting is valid");
    if (call->adopt_demo)
        finding_add(&found, "github", FINDING_OK, NULL, "simulated by the demo, at %s", cfg->github_api_url);
    int64_t waiting;
    doctor_database(cfg, &found, &waiting);
    doctor_disk(cfg, &found);
    doctor_certificates(cfg, &found);
    if (call->demo_stopped)
        finding_add(&found, "github", FINDING_PROBLEM, "Start `gitomatic up --demo`.",
                    "the data folder %s belongs to a demo that does not run", cfg->data_dir);
    else
        doctor_github(cfg, call->adopt_demo != NULL, waiting, &found);
    if (json)
        findings_print_json(&found);
    else
        findings_print(&found);
    bool well = !findings_have_problem(&found);
    findings_finish(&found);
    return well ? EXIT_DONE : EXIT_FAILED;
}
