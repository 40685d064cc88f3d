"""What is known of the module, alone: states, boot lines, time-outs, sleep."""

from bc25.health import (
    ASLEEP,
    BUSY,
    CFUN,
    CPIN,
    DOUBTFUL,
    IP,
    NAMES,
    OFF,
    RDY,
    READY,
    RESYNC,
    Health,
)

from desk import clock, eq


def ready() -> Health:
    health = Health()
    health.settle(READY)
    return health


def test_it_is_off_until_it_was_found():
    health = Health()
    eq((health.up(), NAMES[health.state]), (False, "off"))
    health.settle(READY)
    eq((health.up(), NAMES[health.state]), (True, "ready"))


def test_a_state_gets_worse_until_a_script_settles_it():
    health = ready()
    for state in (RESYNC, ASLEEP, RESYNC, DOUBTFUL, BUSY, READY, OFF, DOUBTFUL):
        was = health.state
        health.raise_to(state)
        eq(health.state, max(was, state))
    health.settle(DOUBTFUL)
    eq(health.state, DOUBTFUL)


def test_three_time_outs_in_a_row_are_a_silent_module():
    health = ready()
    for state in (RESYNC, RESYNC, DOUBTFUL):
        health.silent()
        eq(health.state, state)
    health.settle(READY)
    for state in (RESYNC, RESYNC, RESYNC, RESYNC):
        health.silent()
        eq(health.state, state)
        health.answered(False)


def test_rdy_alone_is_no_proof_of_a_restart():
    health = ready()
    eq((health.boot_line(RDY), health.restarted, health.report()), (True, False, False))
    eq((health.boot_line(RDY), health.boots, health.report()), (True, 2, False))


def test_cfun_is_a_proof_and_is_told_once():
    health = ready()
    eq([health.boot_line(line) for line in (RDY, CFUN, CPIN, IP)], [True, False, False, False])
    eq((health.boots, health.report(), health.report()), (1, True, False))
    eq((health.boot_line(CFUN), health.boots, health.report()), (True, 2, True))


def test_one_boot_told_in_parts_is_one_event():
    health = ready()
    health.boot_line(CFUN)  # RDY was lost
    eq((health.boots, health.report()), (1, True))
    eq([health.boot_line(line) for line in (CPIN, IP)], [False, False])
    eq((health.boots, health.report()), (1, False))


def test_a_boot_line_after_long_belongs_to_another_boot():
    for ms, fresh in ((11_900, False), (12_000, True)):
        health = ready()
        health.boot_line(RDY)
        clock.advance(ms * 1000)
        eq((ms, health.boot_line(CPIN)), (ms, fresh))


def test_the_lines_of_an_at_cfun_are_no_restart():
    health = ready()
    clock.advance(20_000_000)
    health.excuse()
    eq([health.boot_line(line) for line in (CFUN, CPIN)], [False, False])
    eq((health.boots, health.restarted), (0, False))
    health.boot_line(RDY)  # but this is one
    health.boot_line(CFUN)
    eq((health.boots, health.report()), (1, True))
    for ms, fresh in ((11_900, False), (12_000, True)):
        health = ready()
        health.excuse()
        clock.advance(60_000_000)  # it may take so long
        health.answered(False)
        clock.advance(ms * 1000)
        eq((ms, health.boot_line(CFUN)), (ms, fresh))


def test_the_rest_of_a_boot_that_is_known_is_not_told():
    health = ready()
    health.boot_line(RDY)
    health.boot_line(CFUN)
    health.known_boot(RDY)
    eq(health.report(), False)
    eq([health.boot_line(line) for line in (CFUN, CPIN, IP)], [False] * 3)
    eq(health.report(), False)
    health.boot_line(CFUN)
    eq(health.report(), True)


def test_a_socket_that_is_gone_is_a_proof():
    health = ready()
    health.prove()
    eq((health.restarted, health.report(), health.report()), (True, True, False))
    health.boot_line(RDY)
    health.prove()
    eq(health.report(), True)
    health.boot_line(CFUN)  # of the same boot
    eq(health.report(), False)


def test_sleep_and_wake_are_told_once_each():
    health = ready()
    eq((health.announces(True), health.state, health.slept), (True, ASLEEP, True))
    eq((health.announces(True), health.state), (False, ASLEEP))
    eq((health.announces(False), health.state), (True, ASLEEP))  # as recovery is to come
    health.settle(READY)
    eq(health.slept, False)
    eq((health.announces(False), health.state), (False, READY))


def test_a_wake_that_nobody_said_it_slept_for():
    health = ready()
    eq((health.announces(False), health.state, health.slept), (True, DOUBTFUL, True))


def test_a_stamp_that_the_clock_lapped_holds_nothing_up():
    health = ready()
    health.boot_line(RDY)
    health.expire()
    clock.start_us += ((1 << 30) - 1000) * 1000
    health.expire()
    eq(health.boot_line(CPIN), True)
