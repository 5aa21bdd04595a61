/* The lease of lambda/recovery/core/lease.py, for SPIN. README.md says what is modelled, and what is not.
 *
 * Time is counted in ticks. No moment is kept, only what is left until one: so the model has no end of time.
 */

/* How long each takes. tests/unit/test_model.py compares them with what is deployed. */
#ifndef LEASE
#define LEASE 3   /* Terms.seconds */
#endif
#ifndef GRACE
#define GRACE 1   /* Terms.grace_seconds */
#endif
#ifndef TIMEOUT
#define TIMEOUT 1 /* of a function that changes */
#endif
#ifndef AIR
#define AIR 1     /* a request that was sent may arrive so long after its function was ended */
#endif
#ifndef SKEW
#define SKEW 1    /* two functions' clocks differ by so much at most */
#endif
#ifndef HANDOVER
#define HANDOVER (TIMEOUT + AIR + SKEW + 1) /* of a holder that died: so long after its last renewal */
#endif
#define LATEST (TIMEOUT + AIR)
#define LONG_AGO (GRACE + LATEST + SKEW) /* an expiry that lies so far back is as good as any older one */

/* Who runs. Each has two calls on the way at most: the one that its step makes, and a second delivery of it. */
#define NOBODY 0
#define RELEASE 1
#define ROLLBACK 2
#define RECONCILE 3
#define SECOND(who) (who + 3)
#define RUN_OF(call_) (call_ > 3 -> call_ - 3 : call_)
#ifndef RUNS
#define RUNS 3
#endif
#ifndef STEPS
#define STEPS 2 /* changes of a run: the traffic, then the groups, or the traffic back */
#endif

/* What may go wrong, and how often. */
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef SECONDS
#define SECONDS 1 /* second deliveries */
#endif

/* scripts/model_check.py turns the rest on, one at a time:
 * bugs: NO_WAIT, NO_RENEWAL, NO_LOOK, NO_TURN, NO_CONDITION, SHORTENS, WEIGHTS_FIRST, NO_WATCHDOG;
 * what the protocol does not cover: TWINS, ABANDONED, STRICT_FLIP, ORDER; what would cover some of it: FREED_WAITS;
 * what is to come: HANDS_OVER; what can happen at all: REACH. */
#ifdef REACH
#define CAN_HAPPEN(what) assert(REACH != what)
#else
#define CAN_HAPPEN(what) skip
#endif
#define A_TAKEOVER 1
#define A_LATE_REFUSAL 2
#define A_FLIP_THAT_STOPS 3
#define A_LOST_LEASE 4
#define A_CHANGE_AFTER_EXPIRY 5
#define A_WAY_MADE 6
#define A_CHANGE_AFTER_DEATH 7

mtype = { idle, begun, renewed, looked };        /* a call */
mtype = { nothing, done, lost, refused, flipped } /* what a step hears of it */

typedef Call {
    mtype at = idle;
    mtype said = nothing;
    byte age;      /* since its function read the clock, which it does first */
    byte behind;   /* its clock */
    byte step;     /* $$.State.EnteredTime: a later step was entered later */
    byte epoch;
    bool captured; /* the flip tag that its run's Capture saw */
    bool late      /* a later step of its run had its turn when it began */
};
Call call[7];

/* The item in the control table */
byte epoch, holder, turn;
short left = -LONG_AGO; /* expires_at - now */

/* The flip */
bool tag, by_hand;
byte since; /* the hand's first write, tag or weights */

bool stop[4];  /* wish */
bool finished[4]; /* its outcome is written */
byte working[4]; /* the epoch for which a run is at work, if it is */
byte crashes, seconds;

/* A function reads `now` from its clock, `behind` ticks slow, and `age` ticks before it writes. */
#define TO_EXPIRY(age_, behind_) (left + age_ + behind_)
#define EXPIRES_IN(age_, behind_) (LEASE - age_ - behind_)

#ifdef NO_WAIT
#define WAIT 0
#else
#define WAIT GRACE
#endif

/* acquire(): may it be taken over, by a clock so slow? */
#define EXPIRED_LONG_ENOUGH(behind_) (TO_EXPIRY(0, behind_) <= -(WAIT))
#ifdef HANDS_OVER
/* By a rollback whose incident says that the holder died. It may be wrong: nothing here asks whether it did. */
#define HANDED_OVER(run_, behind_) (run_ == ROLLBACK && TO_EXPIRY(0, behind_) <= LEASE - (HANDOVER))
#else
#define HANDED_OVER(run_, behind_) false
#endif
#ifdef FREED_WAITS
/* release() would leave expires_at standing, and the next one wait as after a renewal by a holder that died. */
#define FREE(behind_) (holder == NOBODY && TO_EXPIRY(0, behind_) <= LEASE - (HANDOVER))
#else
#define FREE(behind_) (holder == NOBODY)
#endif
#define MAY_TAKE_OVER(run_, behind_) (holder != NOBODY && (EXPIRED_LONG_ENOUGH(behind_) || HANDED_OVER(run_, behind_)))
#define ALIVE(behind_) (holder != NOBODY && TO_EXPIRY(0, behind_) > 0)

inline grant(run_, behind_) {
    epoch++;
    holder = run_;
    left = EXPIRES_IN(0, behind_);
    turn = 0
}

/* release(), in the transaction that writes the outcome: only what is one's own, and if no later step had its turn. */
inline free_own(run_, epoch_, step_) {
    if
    :: holder == run_ && epoch == epoch_ && turn <= step_ ->
        holder = NOBODY; turn = 0; finished[run_] = true
#ifndef FREED_WAITS
        ; left = -LONG_AGO
#endif
    :: else
    fi
}

inline answer(me_, what_) {
    call[me_].at = idle; call[me_].age = 0; call[me_].behind = 0; call[me_].late = false;
    call[me_].said = (me_ > 3 -> nothing : what_)
}

inline begin(me_, step_, epoch_, captured_) {
    call[me_].step = step_; call[me_].epoch = epoch_; call[me_].captured = captured_;
    call[me_].late = (holder == RUN_OF(me_) && epoch == epoch_ && turn > step_);
    call[me_].age = 0; call[me_].said = nothing; call[me_].at = begun;
    select_clock(call[me_].behind)
}

inline select_clock(behind_) {
    behind_ = 0;
    do
    :: behind_ < SKEW -> behind_++
    :: break
    od
}

#define OWN(me_) (holder == RUN_OF(me_) && epoch == call[me_].epoch)
#define IN_TIME(me_) (TO_EXPIRY(call[me_].age, call[me_].behind) > 0)
#define IN_TURN(me_) (call[me_].step >= turn)

#define LATER_OF(one_, other_) (one_ > other_ -> one_ : other_)
#ifdef FLIPS
#define RENEWED renewed
#else
#define RENEWED looked /* nothing is there to be seen */
#endif

/* renew(): what is checked and the write are one, since the write is conditional on what was read. */
inline renew(me_) {
    if
#ifdef NO_RENEWAL
    :: true -> call[me_].at = RENEWED
#else
#ifdef NO_CONDITION
    :: IN_TIME(me_) && IN_TURN(me_) ->
#else
#ifdef NO_TURN
    :: OWN(me_) && IN_TIME(me_) ->
#else
    :: OWN(me_) && IN_TIME(me_) && IN_TURN(me_) ->
#endif
#endif
#ifdef SHORTENS
        left = EXPIRES_IN(call[me_].age, call[me_].behind);
#else
        /* Two calls of a run may renew in another order than they read their clocks. */
        left = LATER_OF(left, EXPIRES_IN(call[me_].age, call[me_].behind));
#endif
        turn = call[me_].step;
        call[me_].at = RENEWED
    :: else ->
        if
        :: OWN(me_) && IN_TIME(me_) -> CAN_HAPPEN(A_LATE_REFUSAL)
        :: else -> CAN_HAPPEN(A_LOST_LEASE)
        fi;
        answer(me_, refused)
#endif
    fi
}

/* handlers/change.py: the tag, in the same look as everything that is decided by. */
inline look(me_) {
    if
#ifndef NO_LOOK
    :: tag != call[me_].captured ->
        CAN_HAPPEN(A_FLIP_THAT_STOPS);
        answer(me_, flipped)
#endif
    :: else ->
        call[me_].at = looked
    fi
}

/* A call of another run has looked, and is about to change what it saw. */
#define OTHER(me_, call_) (call[call_].at == looked && RUN_OF(call_) != RUN_OF(me_))

/* Weights or groups are changed, at this moment. What is promised of it: */
inline change(me_) {
    /* One writer. */
    assert(!(OTHER(me_, 1) || OTHER(me_, 2) || OTHER(me_, 3) || OTHER(me_, 4) || OTHER(me_, 5) || OTHER(me_, 6)));
    /* Whose lease was taken over changes nothing more. */
    assert(call[me_].epoch == epoch);
    /* After a flip, no run of before; but what was under way then may still arrive. */
    assert(!(by_hand && !call[me_].captured && since > LATEST));
#ifdef STRICT_FLIP
    assert(!(by_hand && !call[me_].captured));
#endif
    /* A call that is delivered late changes nothing. */
    assert(!call[me_].late);
#ifdef ORDER
    assert(!(OWN(me_) && turn > call[me_].step));
#endif
    if
    :: left <= 0 -> CAN_HAPPEN(A_CHANGE_AFTER_EXPIRY)
    :: else
    fi
}

/* A function, and its second delivery: each thing that it does may be as late as its timeout lets it. */
proctype Function(byte me) {
end:
    do
    :: atomic { call[me].at == begun -> renew(me) }
    :: atomic { call[me].at == renewed -> look(me) }
    :: atomic { call[me].at == looked -> change(me); answer(me, done) }
    :: atomic { call[me].at == looked -> change(me); answer(me, lost) }
#ifdef ABANDONED
    /* A step fails while its request is on the way, and its run goes on. */
    :: atomic { me <= 3 && call[me].at == looked && call[me].said == nothing -> call[me].said = lost }
#endif
    od
}

/* Time goes on, and ends the functions that took too long. */
active proctype Clock() {
    byte i;
end:
    do
    :: d_step {
        left = (left > -LONG_AGO -> left - 1 : left);
        since = (by_hand && since <= LATEST -> since + 1 : since);
        i = 1;
        do
        :: i > 6 -> break
        :: else ->
            if
            :: call[i].at != idle ->
                call[i].age++;
                if
                :: call[i].age > (call[i].at == looked -> LATEST : TIMEOUT) -> answer(i, lost)
                :: else
                fi
            :: else
            fi;
            i++
        od;
        i = 0
    }
    od
}

#define MAY_CRASH (crashes < CRASHES && who != UNHURT)
#ifndef UNHURT
#define UNHURT 0
#endif

proctype Run(byte who) {
    byte mine, step, behind, again;
    bool captured;

claim:
#ifdef PROGRESS
    /* The watchdog starts a rollback where the holder is gone and let its lease expire. */
#ifdef NO_WATCHDOG
    who != ROLLBACK;
#endif
    who != ROLLBACK || (holder != NOBODY && working[holder] != epoch && left <= 0);
#endif
    /* Acquire, which looks again and again. A clock that is slow stays so. */
    atomic { select_clock(behind) }
    do
    :: atomic { FREE(behind) -> grant(who, behind); mine = epoch; working[who] = epoch; break }
    :: atomic { MAY_TAKE_OVER(who, behind) -> CAN_HAPPEN(A_TAKEOVER); grant(who, behind); mine = epoch; working[who] = epoch; break }
    :: atomic { ALIVE(behind) && (holder == RELEASE && who == ROLLBACK || holder == RECONCILE) && who != RECONCILE && !stop[holder]
        -> CAN_HAPPEN(A_WAY_MADE); stop[holder] = true }
    /* Busy or joined: not for a rollback, but that the wait ends some time. */
    :: atomic { ALIVE(behind) && holder != who && !(holder == RECONCILE && who == RELEASE) && who != ROLLBACK -> goto over }
    od;
    behind = 0;

    /* Capture */
    captured = tag;

    step = 1;
    do
    :: atomic { step <= STEPS && call[who].at == idle && call[who].said == nothing ->
        begin(who, step, mine, captured) }
    :: atomic { call[who].said == done -> call[who].said = nothing; again = 0;
        /* Asked to make way it goes back, and then ends: that is one change too. */
        step = (stop[who] && step < STEPS -> STEPS : step + 1) }
    :: atomic { call[who].said == lost ->
        call[who].said = nothing;
        if
        :: again == 0 && call[who].at == idle -> again = 1
        :: else -> break
        fi }
    :: atomic { call[who].said == refused || call[who].said == flipped -> call[who].said = nothing; break }
    :: atomic { call[who].at == idle && call[who].said == nothing && step > STEPS -> break }
    :: atomic { MAY_CRASH ->
        crashes++;
        if
        :: call[who].at == looked -> CAN_HAPPEN(A_CHANGE_AFTER_DEATH)
        :: else
        fi;
        goto over }
    od;

    /* Finish, or Close */
    if
    :: atomic { free_own(who, mine, STEPS + 1) }
    :: atomic { MAY_CRASH -> crashes++ }
    fi;

over:
    atomic { mine = 0; step = 0; again = 0; behind = 0; captured = false; stop[who] = false; working[who] = 0 }
#ifdef PROGRESS
    if
    :: who == ROLLBACK -> goto claim
    :: who != ROLLBACK
    fi
#endif
}

/* Step Functions and Lambda deliver a call once more: an Acquire, or a change. */
#ifdef TWINS
#define ONCE_MORE(run_, step_) true /* also beside the first, or just after it */
#else
#define LATER(run_, step_) (holder == run_ && epoch == call[run_].epoch && turn > step_)
#define ONCE_MORE(run_, step_) (LATER(run_, step_) || working[run_] != call[run_].epoch)
#endif
proctype Twice(byte who) {
    byte step;
end:
    do
    :: atomic { seconds < SECONDS && call[who].step > 0 && call[SECOND(who)].at == idle ->
        step = 1;
        do
        :: step < call[who].step -> step++
        :: break
        od;
        if
        :: ONCE_MORE(who, step) -> seconds++; begin(SECOND(who), step, call[who].epoch, call[who].captured)
        :: else
        fi;
        step = 0 }
    /* Of a run that has no outcome yet: where it lost the lease, nobody is behind what this one takes. */
    :: atomic { seconds < SECONDS && call[who].step > 0 && !finished[who] && (FREE(0) || MAY_TAKE_OVER(who, 0)) ->
        seconds++;
        grant(who, 0) }
    od
}

#ifdef FLIPS
active proctype Hand() {
#ifdef WEIGHTS_FIRST
    by_hand = true; /* the weights */
    tag = true
#else
    atomic { by_hand = true; tag = true }
    /* the weights, some time after it */
#endif
}
#endif

init {
    atomic {
        run Function(RELEASE); run Function(ROLLBACK); run Function(SECOND(RELEASE)); run Function(SECOND(ROLLBACK));
        run Run(RELEASE); run Run(ROLLBACK); run Twice(RELEASE); run Twice(ROLLBACK);
#if RUNS > 2
        run Function(RECONCILE); run Function(SECOND(RECONCILE)); run Run(RECONCILE); run Twice(RECONCILE);
#endif
        skip
    }
}

#ifdef PROGRESS
ltl progress { <>[] (holder == NOBODY) }
#endif
