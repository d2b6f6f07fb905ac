"""The sentences that our packages say are whole in every language that is shipped."""

import pytest

from autograder.authoring.translatable import PACKAGES, package_source
from autograder.authoring.translation.catalogue_file import compiled, load_catalogue
from autograder.authoring.translation.faults import catalogue_faults
from utils.messages import catalogues


@pytest.mark.parametrize("name", PACKAGES)
def test_sentences_of_packages(name):
    """Nothing is missing, fuzzy or different, and students install what the catalogue says."""
    languages = catalogues.languages(PACKAGES[name])
    assert "zh_CN" in languages
    for language in languages:
        if language == "en":
            continue
        source = package_source(name, language)
        catalogue = load_catalogue(source.catalogue, language)
        assert list(catalogue_faults(source.catalogue, catalogue, source.entries)) == []
        assert len(catalogue.obsolete) == 0
        assert compiled(catalogue) == source.catalogue.with_suffix(".mo").read_bytes()
