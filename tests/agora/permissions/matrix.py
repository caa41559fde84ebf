"""The permission matrix: what every address answers to every kind of person, about every kind of object.

One line is one route, one object (a key of `world.World.cases`), one method, and the outcome for each role of
`roles.ROLES` in their order; one outcome alone is meant for all. HEAD answers as GET does and needs no line; a method
without a line must be answered with `method`. An outcome that ends in `!` changes rows of the database, every other
must change none. To add a route: add its lines, its body to `bodies.py` if it takes one, and run the tests of this
folder; they say what is missing. To add an object: build it in `world.py` and name it in `cases`.

ok         200                                 made      201
done       redirect after an act               moved     redirect to another page of the same thing
login      redirect to the log-in              home      redirect to the home page
forbidden  403 with the rule's words           hidden    404, in the very bytes of an unknown address
method     405 with Allow                      refused   400, the request makes no sense
conflict   409, not in this state              account   redirect inside the pages of one's account
"""

from typing import Final

MATRIX: Final = """
# --- competitions --------------------------------------------------------------------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
competitions:list           -          GET    ok
competitions:overview       open       GET    ok
competitions:overview       closed     GET    ok
competitions:overview       archive    GET    ok
competitions:overview       secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:overview       unknown    GET    hidden
competitions:data           open       GET    ok
competitions:data           closed     GET    ok
competitions:data           archive    GET    ok
competitions:data           secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:data           unknown    GET    hidden
competitions:download-all   open       GET    forbidden forbidden ok        ok        ok        ok        forbidden ok
competitions:download-all   closed     GET    forbidden forbidden ok        ok        ok        ok        forbidden ok
competitions:download-all   archive    GET    hidden
competitions:download-all   secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:download-all   unknown    GET    hidden
competitions:download       open       GET    forbidden forbidden ok        ok        ok        ok        forbidden ok
competitions:download       closed     GET    forbidden forbidden ok        ok        ok        ok        forbidden ok
competitions:download       archive    GET    hidden
competitions:download       secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:download       unknown    GET    hidden
competitions:picture        open       GET    ok
competitions:picture        closed     GET    hidden
competitions:picture        secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:picture        unknown    GET    hidden
competitions:rules          open       GET    ok
competitions:rules          closed     GET    ok
competitions:rules          archive    GET    ok
competitions:rules          secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:rules          unknown    GET    hidden
competitions:accept-rules   open       POST   login     forbidden done      done      done      forbidden forbidden forbidden
competitions:accept-rules   archive    POST   login     forbidden forbidden forbidden forbidden forbidden forbidden forbidden
competitions:accept-rules   secret     POST   hidden    hidden    done      done      done      forbidden hidden    forbidden
competitions:accept-rules   unknown    POST   hidden
competitions:join           open       POST   login     done!     done      done      done      done!     done!     done!
competitions:join           closed     POST   login     forbidden forbidden forbidden forbidden forbidden forbidden forbidden
competitions:join           archive    POST   login     forbidden forbidden forbidden forbidden forbidden forbidden forbidden
competitions:join           secret     POST   hidden    hidden    done      done      done      done!     hidden    done!
competitions:join           unknown    POST   hidden
competitions:team           open       GET    ok
competitions:team           archive    GET    ok
competitions:team           secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
competitions:team           unknown    GET    hidden
competitions:team           open       POST   forbidden forbidden done!     done!     done!     forbidden forbidden forbidden
competitions:team           archive    POST   forbidden
competitions:team           secret     POST   hidden    hidden    done!     done!     done!     forbidden hidden    forbidden
competitions:team           unknown    POST   hidden

# --- teams ---------------------------------------------------------------------------------------------------------
# `participant` leads and invited `user` in `open` and `other` in `secret`; teams with entries stay as they are.
#                           object     method anonymous user      participant mate   other     organiser rival     staff
competitions:invite         open       POST   forbidden forbidden done!     forbidden done!     forbidden forbidden forbidden
competitions:invite         closed     POST   forbidden
competitions:invite         archive    POST   forbidden
competitions:invite         secret     POST   hidden    hidden    done!     forbidden done!     forbidden hidden    forbidden
competitions:invite         unknown    POST   hidden
competitions:leave-team     open       POST   forbidden forbidden conflict  conflict  conflict  forbidden forbidden forbidden
competitions:leave-team     archive    POST   forbidden
competitions:leave-team     secret     POST   hidden    hidden    conflict  conflict  conflict  forbidden hidden    forbidden
competitions:leave-team     unknown    POST   hidden
competitions:hand-on-lead   open       POST   forbidden forbidden done!     forbidden conflict  forbidden forbidden forbidden
competitions:hand-on-lead   archive    POST   forbidden
competitions:hand-on-lead   secret     POST   hidden    hidden    done!     forbidden conflict  forbidden hidden    forbidden
competitions:hand-on-lead   unknown    POST   hidden
competitions:accept-invitation  invitation        POST hidden done! hidden hidden hidden hidden hidden hidden
competitions:accept-invitation  secret-invitation POST hidden hidden hidden hidden done! hidden hidden hidden
competitions:accept-invitation  unknown-ref       POST hidden
competitions:decline-invitation invitation        POST hidden done! hidden hidden hidden hidden hidden hidden
competitions:decline-invitation secret-invitation POST hidden hidden hidden hidden done! hidden hidden hidden
competitions:decline-invitation unknown-ref       POST hidden
competitions:cancel-invitation  invitation        POST forbidden forbidden done! forbidden hidden forbidden forbidden forbidden
competitions:cancel-invitation  secret-invitation POST hidden hidden done! forbidden hidden forbidden hidden forbidden
competitions:cancel-invitation  unknown-ref       POST forbidden forbidden hidden hidden hidden forbidden forbidden forbidden

# --- mergers: in `open` and `secret` the team of `other` asked that of `participant` -----------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
competitions:ask-merger     open       POST   forbidden forbidden done!     forbidden conflict  forbidden forbidden forbidden
competitions:ask-merger     closed     POST   forbidden
competitions:ask-merger     archive    POST   forbidden
competitions:ask-merger     secret     POST   hidden    hidden    done!     forbidden conflict  forbidden hidden    forbidden
competitions:ask-merger     unknown    POST   hidden
competitions:cancel-merger  merger     POST   forbidden forbidden hidden    hidden    done!     forbidden forbidden forbidden
competitions:cancel-merger  secret-merger POST hidden   hidden    hidden    hidden    done!     forbidden hidden    forbidden
competitions:cancel-merger  unknown-ref   POST forbidden forbidden hidden   hidden    hidden    forbidden forbidden forbidden
competitions:decline-merger merger     POST   forbidden forbidden done!     forbidden hidden    forbidden forbidden forbidden
competitions:decline-merger secret-merger POST hidden   hidden    done!     forbidden hidden    forbidden hidden    forbidden
competitions:decline-merger unknown-ref   POST forbidden forbidden hidden   hidden    hidden    forbidden forbidden forbidden
leaderboards:accept-merger  merger     POST   forbidden forbidden done!     forbidden hidden    forbidden forbidden forbidden
leaderboards:accept-merger  secret-merger POST hidden   hidden    done!     forbidden hidden    forbidden hidden    forbidden
leaderboards:accept-merger  unknown-ref   POST forbidden forbidden hidden   hidden    hidden    forbidden forbidden forbidden

# --- submitting ----------------------------------------------------------------------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
submissions:submit          open       GET    forbidden forbidden ok        ok        ok        forbidden forbidden forbidden
submissions:submit          closed     GET    ok
submissions:submit          archive    GET    ok
submissions:submit          secret     GET    hidden    hidden    ok        ok        ok        forbidden hidden    forbidden
submissions:submit          unknown    GET    hidden
submissions:list            open       GET    forbidden forbidden ok        ok        ok        forbidden forbidden forbidden
submissions:list            closed     GET    forbidden forbidden ok        ok        ok        forbidden forbidden forbidden
submissions:list            archive    GET    forbidden
submissions:list            secret     GET    hidden    hidden    ok        ok        ok        forbidden hidden    forbidden
submissions:list            unknown    GET    hidden
submissions:choose          scored     POST   forbidden forbidden done!     done!     refused   forbidden forbidden forbidden
submissions:choose          finished   POST   forbidden forbidden conflict  conflict  conflict  forbidden forbidden forbidden
submissions:choose          archive    POST   forbidden
submissions:choose          secret-scored POST hidden   hidden    done!     done!     refused   forbidden hidden    forbidden
submissions:choose          unknown    POST   hidden
submissions:upload-create   open       POST   forbidden forbidden made!     made!     made!     forbidden forbidden forbidden
submissions:upload-create   closed     POST   forbidden
submissions:upload-create   archive    POST   forbidden
submissions:upload-create   secret     POST   hidden    hidden    made!     made!     made!     forbidden hidden    forbidden
submissions:upload-create   unknown    POST   hidden
submissions:upload          ready      GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload          rejected   GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload          receiving  GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload          entered    GET    hidden    hidden    moved     moved     hidden    moved     hidden    moved
submissions:upload          secret-ready GET  hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload          unknown    GET    hidden
submissions:upload-content  receiving  PUT    hidden    hidden    made!     made!     hidden    hidden    hidden    hidden
submissions:upload-content  ready      PUT    hidden    hidden    conflict  conflict  hidden    hidden    hidden    hidden
submissions:upload-content  secret-ready PUT  hidden    hidden    conflict  conflict  hidden    hidden    hidden    hidden
submissions:upload-content  unknown    PUT    hidden
submissions:upload-state    ready      GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload-state    receiving  GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload-state    secret-ready GET  hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload-state    unknown    GET    hidden
submissions:upload-problems rejected   GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:upload-problems receiving  GET    hidden
submissions:upload-problems unknown    GET    hidden
submissions:upload-submit   ready      POST   hidden    hidden    done!     done!     hidden    hidden    hidden    hidden
submissions:upload-submit   entered    POST   hidden    hidden    done      done      hidden    hidden    hidden    hidden
submissions:upload-submit   rejected   POST   hidden    hidden    conflict  conflict  hidden    hidden    hidden    hidden
submissions:upload-submit   secret-ready POST hidden    hidden    done!     done!     hidden    hidden    hidden    hidden
submissions:upload-submit   unknown    POST   hidden

# --- entries -------------------------------------------------------------------------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
submissions:detail          scored     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          strict     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          queued     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          invalid    GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          error      GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          finished   GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          secret-scored GET hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:detail          baseline   GET    ok
submissions:detail          secret-baseline GET hidden  hidden    ok        ok        ok        ok        hidden    ok
submissions:detail          unknown    GET    hidden
submissions:state           scored     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:state           queued     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:state           invalid    GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:state           secret-scored GET hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:state           baseline   GET    ok
submissions:state           secret-baseline GET hidden  hidden    ok        ok        ok        ok        hidden    ok
submissions:state           unknown    GET    hidden
submissions:receipt         scored     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:receipt         strict     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:receipt         error      GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:receipt         finished   GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:receipt         secret-scored GET hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:receipt         baseline   GET    ok
submissions:receipt         secret-baseline GET hidden  hidden    ok        ok        ok        ok        hidden    ok
submissions:receipt         unknown    GET    hidden
submissions:cancel          queued     POST   hidden    hidden    done!     done!     hidden    hidden    hidden    hidden
submissions:cancel          scored     POST   hidden    hidden    conflict  conflict  hidden    hidden    hidden    hidden
submissions:cancel          secret-scored POST hidden   hidden    conflict  conflict  hidden    hidden    hidden    hidden
submissions:cancel          baseline   POST   hidden
submissions:cancel          unknown    POST   hidden
submissions:file            scored     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:file            invalid    GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:file            secret-scored GET hidden    hidden    ok        ok        hidden    ok        hidden    ok
submissions:file            baseline   GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
submissions:file            unknown    GET    hidden

# --- runs: of `open` and `secret`, in states that only a worker or a person can end ------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
runs:list                   open       GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:list                   closed     GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:list                   archive    GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:list                   secret     GET    hidden    hidden    forbidden forbidden forbidden ok        hidden    ok
runs:list                   unknown    GET    hidden
runs:rows                   open       GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:rows                   closed     GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:rows                   archive    GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:rows                   secret     GET    hidden    hidden    forbidden forbidden forbidden ok        hidden    ok
runs:rows                   unknown    GET    hidden
runs:start                  open       GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:start                  closed     GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:start                  archive    GET    forbidden forbidden forbidden forbidden forbidden ok        forbidden ok
runs:start                  secret     GET    hidden    hidden    forbidden forbidden forbidden ok        hidden    ok
runs:start                  unknown    GET    hidden
runs:start                  open       POST   forbidden forbidden forbidden forbidden forbidden done!     forbidden done!
runs:start                  archive    POST   forbidden forbidden forbidden forbidden forbidden conflict  forbidden conflict
runs:start                  secret     POST   hidden    hidden    forbidden forbidden forbidden done!     hidden    done!
runs:start                  unknown    POST   hidden
runs:detail                 run-queued GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:detail                 run-running GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:detail                 run-failed GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:detail                 run-done   GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:detail                 secret-run GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:detail                 unknown    GET    hidden
runs:state                  run-running GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:state                  run-done   GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:state                  secret-run GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:state                  unknown    GET    hidden
runs:file                   run-done   GET    hidden    hidden    hidden    hidden    hidden    ok        hidden    ok
runs:file                   run-failed GET    hidden    hidden    hidden    hidden    hidden    hidden    hidden    hidden
runs:file                   unknown    GET    hidden
runs:cancel                 run-queued POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:cancel                 run-running POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:cancel                 run-failed POST   hidden    hidden    hidden    hidden    hidden    conflict  hidden    conflict
runs:cancel                 secret-run POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:cancel                 unknown    POST   hidden
runs:resume                 run-failed POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:resume                 run-done   POST   hidden    hidden    hidden    hidden    hidden    conflict  hidden    conflict
runs:resume                 run-running POST   hidden    hidden    hidden    hidden    hidden    conflict  hidden    conflict
runs:resume                 unknown    POST   hidden
runs:rerun                  run-done   POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:rerun                  secret-run POST   hidden    hidden    hidden    hidden    hidden    done!     hidden    done!
runs:rerun                  unknown    POST   hidden

# --- boards and the site -------------------------------------------------------------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
home                        -          GET    ok
leaderboards:board          open       GET    ok
leaderboards:board          closed     GET    ok
leaderboards:board          archive    GET    ok
leaderboards:board          secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
leaderboards:board          unknown    GET    hidden
leaderboards:export         open       GET    ok
leaderboards:export         closed     GET    ok
leaderboards:export         archive    GET    ok
leaderboards:export         secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
leaderboards:export         unknown    GET    hidden
leaderboards:mini           open       GET    ok
leaderboards:mini           archive    GET    ok
leaderboards:mini           secret     GET    hidden    hidden    ok        ok        ok        ok        hidden    ok
leaderboards:mini           unknown    GET    hidden
leaderboards:place          scored     GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
leaderboards:place          finished   GET    hidden    hidden    ok        ok        hidden    ok        hidden    ok
leaderboards:place          secret-scored GET hidden    hidden    ok        ok        hidden    ok        hidden    ok
leaderboards:place          baseline   GET    ok
leaderboards:place          secret-baseline GET hidden  hidden    ok        ok        ok        ok        hidden    ok
leaderboards:place          unknown    GET    hidden
activity:notifications      -          GET    login     ok        ok        ok        ok        ok        ok        ok
activity:mark-read          -          POST   login     done!     done!     done      done!     done      done      done
status                      -          GET    ok
theme                       -          POST   done
favicon.ico                 -          GET    moved
healthz                     -          GET    ok
readyz                      -          GET    ok
metrics                     -          GET    hidden

# --- accounts ------------------------------------------------------------------------------------------------------
#                           object     method anonymous user      participant mate   other     organiser rival     staff
accounts:mail               -          GET    ok        home      home      home      home      home      home      home
account_login               -          GET    ok        home      home      home      home      home      home      home
account_login               -          POST   ok        done      done      done      done      done      done      done
account_logout              -          GET    home      ok        ok        ok        ok        ok        ok        ok
account_logout              -          POST   done      done!     done!     done!     done!     done!     done!     done!
account_signup              -          GET    ok        home      home      home      home      home      home      home
account_signup              -          POST   ok        done      done      done      done      done      done      done
account_inactive            -          GET    ok
account_reauthenticate      -          GET    login     ok        ok        ok        ok        ok        ok        ok
account_reauthenticate      -          POST   login     ok        ok        ok        ok        ok        ok        ok
account_email               -          GET    login     ok        ok        ok        ok        ok        ok        ok
account_email               -          POST   login     account   account   account   account   account   account   account
account_email_verification_sent -      GET    ok
account_confirm_email       -          GET    ok
account_confirm_email       -          POST   hidden
account_change_password     -          GET    login     ok        ok        ok        ok        ok        ok        ok
account_change_password     -          POST   login     ok        ok        ok        ok        ok        ok        ok
account_set_password        -          GET    login     account   account   account   account   account   account   account
account_set_password        -          POST   login     account   account   account   account   account   account   account
account_reset_password      -          GET    ok
account_reset_password      -          POST   account
account_reset_password_done -          GET    ok
account_reset_password_from_key      - GET    ok
account_reset_password_from_key      - POST   ok
account_reset_password_from_key_done - GET    ok
account_confirm_login_code  -          GET    login     home      home      home      home      home      home      home
account_confirm_login_code  -          POST   login     done      done      done      done      done      done      done
"""
