# What an operator does with the package, on a system where systemd runs. Argument: the package.
package=$1
passed=0 failed=0
config=/etc/ha-wechaty/ha-wechaty.toml

check() { # a name, and a command that must succeed
    name=$1
    shift
    if "$@" >/tmp/said 2>&1; then
        passed=$((passed + 1))
        echo "test package::$name ... ok"
    else
        failed=$((failed + 1))
        echo "test package::$name ... FAILED"
        tail -n 30 /tmp/said
        journalctl --no-pager -n 30 -u ha-wechaty 2>/dev/null
    fi
}

within() { # so many seconds, until a command succeeds
    left=$1
    shift
    until "$@" >/tmp/seen 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { cat /tmp/seen; return 1; }
        sleep 1
    done
}

main_pid() { systemctl show -p MainPID --value ha-wechaty; }
is_green() { ha-wechaty status | grep -q 'is available' && ha-wechaty status >/dev/null; }
is_another() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && systemctl is-active --quiet ha-wechaty; }
holds() { systemctl show -p "$1" --value ha-wechaty | grep -q "$2"; }
is_refused() { # for as long as a file is there: whether anybody who connects to the bots' port is refused
    while [ -e /tmp/knock ]; do
        bash -c 'exec 3<>/dev/tcp/127.0.0.1/8788' 2>/dev/null || echo refused >>/tmp/refused
    done
}
upgrade() {
    : >/tmp/knock
    rm -f /tmp/refused
    is_refused &
    before=$(main_pid)
    dpkg -i "$package" && within 30 is_another "$before"
    done=$?
    rm -f /tmp/knock
    wait
    [ "$done" = 0 ] && [ ! -e /tmp/refused ]
}
hang() {
    before=$(main_pid)
    kill -STOP "$before"
    within 90 is_another "$before" && within 30 is_green
}
crash() {
    before=$(main_pid)
    kill -KILL "$before"
    within 30 is_another "$before" && within 30 is_green
}
stops() { systemctl stop ha-wechaty && ! systemctl is-active --quiet ha-wechaty && [ "$(systemctl show -p Result --value ha-wechaty)" = success ]; }
is_gone() { [ ! -e /usr/bin/ha-wechaty ] && [ ! -e /usr/lib/systemd/system/ha-wechaty.service ] && [ -e "$config" ]; }
is_all_gone() { [ ! -e /etc/ha-wechaty ] && [ ! -e /var/lib/ha-wechaty ] && ! getent passwd ha-wechaty; }
keeps_state() { [ -n "$(ls -A /var/lib/ha-wechaty)" ] && [ "$(stat -c %a /var/lib/ha-wechaty)" = 700 ]; }

# Worlds of a unit's own can't be made within every other one: the rest is tried without them then, and that is said.
if ! systemd-run --quiet --wait -p ProtectSystem=strict -p PrivateDevices=yes -p PrivateTmp=yes true 2>/dev/null; then
    echo "not tried: what the unit takes from the gateway by mounts, since no unit can have mounts of its own here"
    mkdir -p /etc/systemd/system/ha-wechaty.service.d
    {
        echo '[Service]'
        for key in ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectClock ProtectControlGroups ProtectKernelLogs \
            ProtectKernelModules ProtectKernelTunables ProtectHostname RestrictNamespaces; do
            echo "$key=no"
        done
        echo 'ProtectProc=default'
    } >/etc/systemd/system/ha-wechaty.service.d/here.conf
    systemctl daemon-reload
fi

check it_installs dpkg -i "$package"
check it_does_not_run_before_it_is_configured test inactive = "$(systemctl is-active ha-wechaty)"
check it_has_pages_for_man test -e /usr/share/man/man1/ha-wechaty.1.gz -o -e /usr/share/man/man1/ha-wechaty.1
check stand_in_accounts_run systemd-run --quiet --unit=phones ha-wechaty demo --phones 18801
check they_are_there within 30 bash -c 'exec 3<>/dev/tcp/127.0.0.1/18803'
check a_second_command_makes_a_team_that_works ha-wechaty init --start --account north=insecure_north@127.0.0.1:18801 \
    --account south=insecure_south@127.0.0.1:18802 --account west=insecure_west@127.0.0.1:18803
check systemd_knows_that_it_serves systemctl is-active ha-wechaty
check systemd_knows_how_the_team_stands within 30 holds StatusText '3 of 3 accounts get work'
check it_is_no_root test "$(stat -c %U "/proc/$(main_pid)")" = ha-wechaty
check its_configuration_is_not_for_everybody test "$(stat -c '%a %U %G' "$config")" = '640 root ha-wechaty'
check what_it_must_not_forget_is_its_own keeps_state
check it_reads_its_configuration_again systemctl reload ha-wechaty
check it_is_killed_and_comes_back crash
check it_hangs_and_the_watchdog_ends_it hang
check an_upgrade_refuses_nobody upgrade
check and_the_team_works within 30 is_green
check it_stops stops
check it_starts_again systemctl start ha-wechaty
check it_is_removed dpkg -r ha-wechaty
check and_leaves_the_configuration is_gone
check it_is_purged dpkg -P ha-wechaty
check and_leaves_nothing is_all_gone
echo "test result: $([ "$failed" = 0 ] && echo ok || echo FAILED). $passed passed; $failed failed; 0 ignored; 0 measured; 0 filtered out"
[ "$failed" = 0 ]
