/* A cell without the spaces around it. */
typedef struct { const char *at; size_t length; } Text;

static Text text_of(const char *cell) {
    Text text = {cell, strlen(cell)};
    while (text.length && isspace((unsigned char)*text.at)) text.at++, text.length--;
    while (text.length && isspace((unsigned char)text.at[text.length - 1])) text.length--;
    return text;
}

static int is_missing(Text text) {
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++) {
        size_t n = 0;
        while (n < text.length && MISSING[i][n] && tolower((unsigned char)text.at[n]) == MISSING[i][n]) n++;
        if (n == text.length && !MISSING[i][n]) return 1;
    }
    return 0;
}

/* Where a word stands among those that are known; -1 if it does not. */
static int listed(const Field *field, Text text) {
    for (int i = 0; i < field->count; i++) {
        if (strlen(field->words[i]) == text.length && !memcmp(field->words[i], text.at, text.length)) return i;
    }
    return -1;
}

static int number_of(Text text, double *value) {
    char copy[128], *end;
    if (!text.length || text.length >= sizeof copy) return 0;
    memcpy(copy, text.at, text.length);
    copy[text.length] = 0;
    if (strspn(copy, "0123456789.+-eE") != text.length) return 0;
    *value = strtod(copy, &end);
    return !*end && isfinite(*value);
}

/* Seconds since 1970. */
static int moment_of(Text text, double *value) {
    char copy[64], *rest = copy;
    int year, month, day, hour = 0, minute = 0, second = 0, n = 0;
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    if (text.length >= sizeof copy) return 0;
    memcpy(copy, text.at, text.length);
    copy[text.length] = 0;
    if (sscanf(rest, "%4d-%2d-%2d%n", &year, &month, &day, &n) < 3) return 0;
    rest += n;
    if (*rest == 'T' || *rest == ' ') {
        if (sscanf(++rest, "%2d:%2d%n", &hour, &minute, &n) < 2) return 0;
        rest += n;
        if (*rest == ':') {
            if (sscanf(++rest, "%2d%n", &second, &n) < 1) return 0;
            rest += n;
            if (*rest == '.') rest += 1 + strspn(rest + 1, "0123456789");
        }
    }
    if (*rest == 'Z') rest++;
    if (*rest || year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 0;
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0, past = year - 1;
    if (day > (month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31)) return 0;
    long days = past * 365L + past / 4 - past / 100 + past / 400 - 719162L;
    days += before[month - 1] + (leap && month > 2) + day - 1;
    *value = days * 86400.0 + hour * 3600.0 + minute * 60.0 + second;
    return 1;
}

int @NAME@_predict(const char *const *cells, double *y) {
    static double x[@WIDTH@];
    int at = 0;
    for (int i = 0; i < @UPPER@_COLUMNS; i++) {
        const Field *field = FIELDS + i;
        Text text = text_of(cells[i]);
        int known = listed(field, text), gap = known < 0 && is_missing(text);
        double value = NAN, z;
        if (field->kind == WORD) {
            x[at++] = known >= 0 ? known : gap ? field->gap : field->other;
            continue;
        }
        if (known < 0 && !gap && !(field->kind == DATE ? moment_of(text, &value) : number_of(text, &value))) return i + 1;
        z = (value - field->center) / field->scale;
        if (field->kind == NUMBER && fabs(z) > @BOUND@) {
            z = (z < 0 ? -1 : 1) * (@BOUND@ + log(fabs(z) / @BOUND@));
        }
        x[at++] = (float)z; /* as the network has learnt it */
        for (int turn = 0; turn < field->turns; turn++) {
            double angle = 2 * 3.14159265358979323846 * (value + field->circles[turn][0]) / field->circles[turn][1];
            x[at++] = (float)sin(angle);
            x[at++] = (float)cos(angle);
        }
    }
    network(x, y);
    return 0;
}

#ifndef @UPPER@_NO_MAIN
enum { LONGEST = 1 << 20, MOST = 1 << 14 };
static char record[LONGEST];
static const char *fields[MOST];

/* The cells of the next line that is not empty, into `fields`: how many, 0 at the end of the file, -1 if it is too long. */
static int read_record(void) {
    int count = 0, length = 0, quoted = 0, begun = 0, letter;
    fields[0] = record;
    for (;;) {
        letter = getchar();
        if (length >= LONGEST - 1 || count >= MOST - 1) return -1;
        if (letter == '"' && quoted) {
            letter = getchar();
            if (letter == '"') {
                record[length++] = '"';
                continue;
            }
            quoted = 0;
        } else if (letter == '"' && fields[count] == record + length) {
            quoted = begun = 1;
            continue;
        }
        if (letter == EOF || (!quoted && (letter == '\n' || letter == ','))) {
            if (letter != ',' && !count && !length && !begun) {
                if (letter == EOF) return 0;
                continue;
            }
            record[length++] = 0;
            if (letter != ',') return count + 1;
            fields[++count] = record + length;
        } else if (quoted || letter != '\r') {
            record[length++] = (char)letter;
        }
    }
}

static inline void write_cell(const char *cell) {
    if (!strpbrk(cell, ",\"\r\n")) {
        fputs(cell, stdout);
        return;
    }
    putchar('"');
    for (; *cell; cell++) {
        if (*cell == '"') putchar('"');
        putchar(*cell);
    }
    putchar('"');
}

int main(void) {
    static int place[@UPPER@_COLUMNS];
    static const char *cells[@UPPER@_COLUMNS];
    static double y[@UPPER@_OUTPUTS];
    int width = read_record(), count, wrong;
    long row = 0;
    if (width > 0 && !strncmp(fields[0], "\357\273\277", 3)) fields[0] += 3; /* the mark of UTF-8 */
    for (int i = 0; i < @UPPER@_COLUMNS; i++) {
        int at = 0;
        while (at < width && strcmp(fields[at], @NAME@_columns[i])) at++;
        if (at >= width) {
            fprintf(stderr, "no column %s in the first line\n", @NAME@_columns[i]);
            return 2;
        }
        place[i] = at;
    }
    fputs(@HEAD@, stdout);
    while ((count = read_record()) != 0) {
        row++;
        if (count != width) {
            fprintf(stderr, "row %ld: expected %d cells\n", row, width);
            return 2;
        }
        for (int i = 0; i < @UPPER@_COLUMNS; i++) cells[i] = fields[place[i]];
        wrong = @NAME@_predict(cells, y);
        if (wrong) {
            fprintf(stderr, "row %ld, column %s: cannot read %s\n", row, @NAME@_columns[wrong - 1], cells[wrong - 1]);
            return 2;
        }
@LABELS@
    }
    return 0;
}
#endif
