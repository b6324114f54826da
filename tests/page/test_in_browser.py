"""The page in a real browser: filters, the scatter, both themes, a phone."""

import shutil

import pytest
from helpers.results_folder import CLAIMS, results_folder

from modgap.page.write import write_page

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="no chromium and chromedriver (Debian: apt install chromium chromium-driver)",
)
NAME = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    results_folder(folder, model=NAME)
    return write_page(folder).as_uri()


@pytest.fixture(scope="module")
def driver():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    # Root, as in a container, has no sandbox.
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield made
    made.quit()


@pytest.fixture
def page(driver, address):
    """The page just loaded at the size of a desk screen, its chart drawn."""
    driver.get_log("browser")
    driver.set_window_size(1400, 1000)
    driver.get(address)
    wait(driver, "return document.querySelectorAll('#chart path[aria-label]').length > 0")
    return driver


def wait(driver, script):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 20).until(lambda it: it.execute_script(script))


def rows(page):
    script = "return [...document.querySelectorAll('.board tbody tr')].filter(r => !r.hidden)"
    return page.execute_script(script + ".map(r => r.id)")


def find(page, selector):
    return page.find_element("css selector", selector)


def test_it_opens_without_an_error_or_a_request(page):
    assert [entry["message"] for entry in page.get_log("browser")] == []
    loaded = page.execute_script("return performance.getEntriesByType('resource').map(x => x.name)")
    assert [name for name in loaded if not name.startswith("data:")] == []
    assert len(rows(page)) == len(CLAIMS)


def test_filters_filter_alone_and_together(page):
    of_source = CLAIMS[CLAIMS["source"] == "mind_the_gap"]
    find(page, "#source").send_keys("Mind the Gap")
    assert rows(page) == [f"claim-{name}" for name in of_source["claim"]]
    find(page, "#search").send_keys("cone random")
    assert "claim-cone_by_recursion" in rows(page)
    assert len(rows(page)) < 6
    assert find(page, "#shown").text == f"{len(rows(page))} of {len(CLAIMS)}"
    find(page, "#search").send_keys(" nothinglikeit")
    assert rows(page) == []
    assert find(page, "#none").is_displayed()


def test_a_verdict_is_chosen_and_given_up(page):
    chip = find(page, ".chip.holds")
    count = int(chip.find_element("css selector", "b").text)
    chip.click()
    assert 0 < len(rows(page)) == count < len(CLAIMS)
    chip.click()
    assert len(rows(page)) == len(CLAIMS)


def test_pointing_at_a_model_shows_its_name_and_nothing_runs(page):
    points = page.find_elements("css selector", "#chart path[aria-label]")
    assert len(points) == 5
    seen = set()
    for point in points:
        webdriver.ActionChains(page).move_to_element(point).perform()
        wait(page, "return document.querySelector('#vg-tooltip-element.visible') !== null")
        seen.add(find(page, "#vg-tooltip-element td.value").text)
    assert seen == {"medium0", "medium1", "medium2", "large1", NAME}


def test_another_score_draws_other_points(page):
    def values():
        points = page.find_elements("css selector", "#chart path[aria-label]")
        return [point.get_attribute("aria-label") for point in points]

    before = values()
    find(page, "#score").send_keys("zero-shot object")
    wait(page, "return document.querySelector('#chart').textContent.includes('zero-shot object')")
    assert len(values()) == len(before)
    assert set(values()).isdisjoint(before)


def test_dark_and_light_differ_and_the_choice_stays(page):
    def ground():
        return page.execute_script("return getComputedStyle(document.body).backgroundColor")

    first = ground()
    find(page, "#theme").click()
    second = ground()
    assert {first, second} == {"rgb(255, 255, 255)", "rgb(20, 23, 26)"}
    page.refresh()
    assert ground() == second
    find(page, "#theme").click()
    assert ground() == first


def test_a_phone_shows_it_without_scrolling_sideways(page):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.refresh()
        wait(page, "return document.querySelectorAll('#chart path[aria-label]').length > 0")
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
