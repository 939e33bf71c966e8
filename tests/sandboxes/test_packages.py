"""Packages of this environment reach a sandbox with all that they need."""

from cladogen.sandboxes.packages import package_folders


def installed(folder, name, *requires):
    """Lay out a package as pip installs one."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    lines = [f"Requires-Dist: {each}" for each in requires]
    (about / "METADATA").write_text("\n".join([f"Name: {name}", "Version: 1.0", *lines, ""]))
    (about / "RECORD").write_text(f"{name}/__init__.py,,\n{about.name}/METADATA,,\n")
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")


def test_package_that_needs_an_extra_of_another_gets_what_the_extra_needs(tmp_path, monkeypatch):
    installed(tmp_path, "zzuser", "zzweb[two]>=1")
    installed(tmp_path, "zzweb", 'zzframes; extra == "two"', 'zzabsent; extra == "other"')
    installed(tmp_path, "zzframes")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"zzuser", "zzweb", "zzframes"} <= set(package_folders(("zzuser",)))
