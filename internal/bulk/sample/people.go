package sample

// name is a name as people write it, and as it stands in an e-mail address.
type name struct{ text, ascii string }

func givenNames() []name {
	return []name{
		{"Ana", "ana"}, {"Zoë", "zoe"}, {"José", "jose"}, {"Łukasz", "lukasz"}, {"Søren", "soren"}, {"Aoife", "aoife"},
		{"Jürgen", "juergen"}, {"Chloé", "chloe"}, {"Ngọc", "ngoc"}, {"Ayşe", "ayse"}, {"Dmitri", "dmitri"}, {"Анна", "anna"},
		{"Thandiwe", "thandiwe"}, {"Mateo", "mateo"}, {"Priya", "priya"}, {"Ελένη", "eleni"}, {"Grace", "grace"},
		{"花子", "hanako"}, //nolint:gosmopolitan // as people write it
		{"Björn", "bjorn"}, {"Inês", "ines"}, {"Noah", "noah"}, {"Olivia", "olivia"}, {"Ștefan", "stefan"}, {"Amélie", "amelie"},
	}
}

func familyNames() []name {
	return []name{
		{"Sample", "sample"}, {"Müller", "mueller"}, {"García Márquez", "garcia"}, {"O'Brien", "obrien"}, {"Nguyễn", "nguyen"},
		{"Østergård", "ostergard"}, {"Kowalczyk", "kowalczyk"}, {"Yılmaz", "yilmaz"}, {"van der Berg", "vanderberg"},
		{"Smith-Jones", "smithjones"}, {"Иванова", "ivanova"}, {"Papadopoulos", "papadopoulos"},
		{"山田", "yamada"}, //nolint:gosmopolitan // as people write it
		{"Dlamini", "dlamini"}, {"Patel", "patel"}, {"Lefèvre", "lefevre"}, {"Ionescu", "ionescu"}, {"Silva e Sousa", "sousa"},
		{"Washington", "washington"}, {"Björnsdóttir", "bjornsdottir"}, {"Rossi", "rossi"}, {"Novák", "novak"},
	}
}

// home is a place to live; a street has room for the number of the house.
type home struct{ country, language, calling, area, street, city, state, zip string }

func homes() []home {
	return []home{
		{"US", "en", "1", "555555", "%d Test Street", "St. Louis", "MO", "63101"},
		{"US", "en", "1", "555555", "%d Main St, Suite 4", "Purchase", "NY", "10577"},
		{"US", "es", "1", "555555", "%d Calle Ocho", "Miami", "FL", "33135"},
		{"GB", "en", "44", "770090", "%d Upper Thames St", "London", "", "EC4R 3TD"},
		{"IE", "en", "353", "86555", "%d Mountain View", "Dublin", "", "D18 W2Y6"},
		{"DE", "de", "49", "15125", "Neuhauser Straße %d", "München", "", "80331"},
		{"DE", "de", "49", "15125", "Unter den Eichen %d, Hinterhaus", "Düsseldorf", "", "40213"},
		{"FR", "fr", "33", "63998", "%d, rue de l'Église", "Saint-Étienne", "", "42000"},
		{"ES", "es", "34", "65555", "Calle de Alcalá %d, 3º B", "Madrid", "", "28014"},
		{"PL", "pl", "48", "51255", "ul. Świętokrzyska %d", "Łódź", "", "90-001"},
		{"DK", "da", "45", "2055", "Nørregade %d, 2. tv.", "København", "", "1165"},
		{"BR", "pt", "55", "119555", "Avenida São João %d", "São Paulo", "SP", "01035-000"},
		{"IN", "en", "91", "998855", "%d Mahatma Gandhi Road", "Pune", "MH", "411001"},
		{"TR", "tr", "90", "532555", "İstiklal Caddesi %d", "İstanbul", "", "34433"},
		{"JP", "ja", "81", "90555", "丸の内%d丁目", "東京", "", "100-0005"}, //nolint:gosmopolitan // as people write it
	}
}
